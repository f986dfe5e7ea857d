import { suggestion } from '../kit/index.ts';
import type { JobDetail, JobList, JobView, PipelineDetail, PipelineList } from '../protocol/index.ts';
import { clientError } from './errors.ts';
import { requestJson, type ServerAccess } from './request.ts';

interface JobQuery {
  /** Decimal id of an attempt, or a job's name. */
  readonly name: string;
  /** The stack to search; all of them if undefined. */
  readonly stack: string | undefined;
  /** Of several jobs of the name, one that matches goes before newer ones. */
  readonly prefer?: (job: JobView) => boolean;
}

/** Finds a job by its id, or the newest one of a name. Throws CLIENT_JOB_MISSING. */
export async function findJob(server: ServerAccess, { name, stack, prefer }: JobQuery): Promise<JobView> {
  if (/^\d+$/.test(name)) return (await requestJson<JobDetail>(server, `/api/v1/jobs/${name}`)).job;
  const filter = stack === undefined ? '' : `&stack=${encodeURIComponent(stack)}`;
  const { jobs } = await requestJson<JobList>(server, `/api/v1/jobs?name=${encodeURIComponent(name)}${filter}`);
  const found = jobs.find((job) => prefer?.(job)) ?? jobs[0];
  if (found !== undefined) return found;
  const names = await jobNames(server, filter).catch(() => []);
  throw clientError('CLIENT_JOB_MISSING', { job: name }, { hint: suggestion(name, names) });
}

/** Returns the names of the jobs of the newest pipelines, and of the packages that they build. */
async function jobNames(server: ServerAccess, filter: string): Promise<readonly string[]> {
  const { pipelines } = await requestJson<PipelineList>(server, `/api/v1/pipelines?limit=3${filter}`);
  const details = pipelines.map(({ id }) => requestJson<PipelineDetail>(server, `/api/v1/pipelines/${id}`));
  const jobs = (await Promise.all(details)).flatMap((one) => [one, ...one.children]).flatMap((one) => one.jobs);
  return jobs.flatMap(({ name }) => [name.split(/[@ ]/, 1)[0] ?? name, name]);
}
