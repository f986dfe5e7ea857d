import { suggestion } from '../kit/index.ts';
import type { JobDetail, JobList, JobView, PipelineDetail, PipelineList } from '../protocol/index.ts';
import { clientError } from './errors.ts';
import { requestJson } from './request.ts';

interface Server {
  readonly url: string;
  readonly signal: AbortSignal;
}

interface JobQuery {
  /** Decimal id of an attempt, or a job's name. */
  readonly name: string;
  /** The stack to search; all of them if undefined. */
  readonly stack: string | undefined;
  /** Of several jobs of the name, one that matches goes before newer ones. */
  readonly prefer?: (job: JobView) => boolean;
}

/** Finds a job by its id, or the newest one of a name. Throws CLIENT_JOB_MISSING. */
export async function findJob(
  { url, signal }: Server,
  { name, stack, prefer = () => true }: JobQuery,
): Promise<JobView> {
  if (/^\d+$/.test(name)) return (await requestJson<JobDetail>({ url }, `/api/v1/jobs/${name}`, { signal })).job;
  const query = new URLSearchParams({ name, ...(stack === undefined ? {} : { stack }) });
  const { jobs } = await requestJson<JobList>({ url }, `/api/v1/jobs?${query.toString()}`, { signal });
  const found = jobs.find(prefer) ?? jobs[0];
  if (found !== undefined) return found;
  const names = await jobNames({ url, signal }, stack).catch(() => []);
  throw clientError('CLIENT_JOB_MISSING', { job: name }, { hint: suggestion(name, names) });
}

/** Returns the names of the jobs of the newest pipelines, and of the packages that they build. */
async function jobNames({ url, signal }: Server, stack: string | undefined): Promise<readonly string[]> {
  const query = new URLSearchParams({ limit: '3', ...(stack === undefined ? {} : { stack }) });
  const { pipelines } = await requestJson<PipelineList>({ url }, `/api/v1/pipelines?${query.toString()}`, { signal });
  const details = pipelines.map(({ id }) =>
    requestJson<PipelineDetail>({ url }, `/api/v1/pipelines/${id}`, { signal }),
  );
  const jobs = (await Promise.all(details)).flatMap((one) => [one, ...one.children]).flatMap((one) => one.jobs);
  return jobs.flatMap(({ name }) => [name.split(/[@ ]/, 1)[0] ?? name, name]);
}
