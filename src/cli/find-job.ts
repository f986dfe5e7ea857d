import { suggestion } from '../kit/index.ts';
import type { JobDetail, JobList, JobView, PipelineDetail, PipelineList } from '../protocol/index.ts';
import { askServer } from './ask-server.ts';
import { cliError } from './errors.ts';

export interface JobWish {
  /** Decimal id of an attempt, or a job's name. */
  readonly wanted: string;
  /** Where the name is looked for; everywhere if undefined. */
  readonly stack: string | undefined;
  /** Of several jobs of the name, one that is like this goes before newer ones. */
  readonly prefer?: (job: JobView) => boolean;
}

/** The job that a person means, on a server. Throws CLI_JOB_MISSING. */
export async function findJob(
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
  { wanted, stack, prefer = () => true }: JobWish,
): Promise<JobView> {
  if (/^\d+$/.test(wanted)) return (await askServer<JobDetail>({ url }, `/api/v1/jobs/${wanted}`, { signal })).job;
  const query = new URLSearchParams({ name: wanted, ...(stack === undefined ? {} : { stack }) });
  const { jobs } = await askServer<JobList>({ url }, `/api/v1/jobs?${query.toString()}`, { signal });
  const found = jobs.find(prefer) ?? jobs[0];
  if (found !== undefined) return found;
  const names = await jobNames({ url, signal }, stack).catch(() => []);
  throw cliError('CLI_JOB_MISSING', { job: wanted }, { hint: suggestion(wanted, names) });
}

/** Names of the jobs of the newest pipelines, and of the packages that they build. */
async function jobNames(
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
  stack: string | undefined,
): Promise<readonly string[]> {
  const query = new URLSearchParams({ limit: '3', ...(stack === undefined ? {} : { stack }) });
  const { pipelines } = await askServer<PipelineList>({ url }, `/api/v1/pipelines?${query.toString()}`, { signal });
  const details = pipelines.map(({ id }) => askServer<PipelineDetail>({ url }, `/api/v1/pipelines/${id}`, { signal }));
  const jobs = (await Promise.all(details)).flatMap((one) => [one, ...one.children]).flatMap((one) => one.jobs);
  return jobs.flatMap(({ name }) => [name.split(/[@ ]/, 1)[0] ?? name, name]);
}
