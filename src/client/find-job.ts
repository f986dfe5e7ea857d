import { suggestion } from '../kit/index.ts';
import type { JobDetail, JobList, JobPage, JobView, PipelineDetail, PipelineList } from '../protocol/index.ts';
import { clientError } from './errors.ts';
import { readPipeline } from './read-pipeline.ts';
import { requestJson, type ServerAccess } from './request.ts';

interface JobQuery {
  /** Decimal id of an attempt, or a job's name. */
  readonly name: string;
  /** The stack to search; all of them if undefined. */
  readonly stack?: string;
  /** The pipeline to search, with its children; the newest ones if undefined. */
  readonly pipeline?: string;
  /** Of several jobs of the name, one that matches goes before newer ones. */
  readonly prefer?: (job: JobView) => boolean;
}

/** How many of the newest pipelines are searched for a job that has not run yet. */
const SEARCHED = 20;

/** Finds a job that has run, by its id, or the newest one of a name. Throws CLIENT_JOB_MISSING. */
export async function findJob(server: ServerAccess, query: JobQuery): Promise<JobView> {
  const { name, stack, pipeline, prefer } = query;
  if (isId(name)) return jobOf(server, name);
  const jobs =
    pipeline === undefined
      ? (await requestJson<JobList>(server, `/api/v1/jobs?name=${encodeURIComponent(name)}${filterOf(stack)}`)).jobs
      : (await jobsNamed(server, pipeline, name)).filter(({ id }) => id !== '');
  return jobs.find((job) => prefer?.(job)) ?? jobs[0] ?? missing(server, query);
}

/**
 * Finds a job, also one that has never run and so has no id: of the newest pipeline with a job of the name that is
 * preferred, else with any job of the name. Throws CLIENT_JOB_MISSING or CLIENT_JOB_AMBIGUOUS.
 */
export async function findPlannedJob(server: ServerAccess, query: JobQuery): Promise<JobView> {
  const { name, stack, pipeline, prefer = () => true } = query;
  if (isId(name)) return jobOf(server, name);
  const ids = pipeline === undefined ? await newestPipelines(server, stack, SEARCHED) : [pipeline];
  let other: readonly JobView[] = [];
  for (const id of ids) {
    const named = await jobsNamed(server, id, name);
    const preferred = named.filter(prefer);
    if (preferred.length > 0) return onlyOne(name, preferred);
    if (other.length === 0) other = named;
  }
  return other.length > 0 ? onlyOne(name, other) : missing(server, query);
}

/** Reads a pipeline, or the newest one of a stack or of the server. */
export async function readPipelineJobs(
  server: ServerAccess,
  { pipeline, stack }: Pick<JobQuery, 'pipeline' | 'stack'>,
): Promise<PipelineDetail> {
  const id = pipeline ?? (await newestPipelines(server, stack, 1))[0];
  if (id === undefined) throw clientError('CLIENT_PIPELINE_NONE', {});
  return readPipeline(server, id);
}

function isId(name: string): boolean {
  return /^\d+$/.test(name);
}

async function jobOf(server: ServerAccess, id: string): Promise<JobView> {
  return (await requestJson<JobDetail>(server, `/api/v1/jobs/${id}`)).job;
}

async function jobsNamed(server: ServerAccess, pipeline: string, name: string): Promise<readonly JobView[]> {
  const path = `/api/v1/pipelines/${encodeURIComponent(pipeline)}/jobs?name=${encodeURIComponent(name)}`;
  const { jobs } = await requestJson<JobPage>(server, path);
  const exact = jobs.filter((job) => job.name === name);
  return exact.length > 0 ? exact : jobs;
}

function onlyOne(name: string, [job, ...others]: readonly JobView[]): JobView {
  if (job !== undefined && others.length === 0) return job;
  const names = [job, ...others].map((one) => `\`${one?.name}\``).join(', ');
  throw clientError('CLIENT_JOB_AMBIGUOUS', { job: name, pipeline: job?.pipeline, names });
}

function filterOf(stack: string | undefined): string {
  return stack === undefined ? '' : `&stack=${encodeURIComponent(stack)}`;
}

async function newestPipelines(
  server: ServerAccess,
  stack: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const { pipelines } = await requestJson<PipelineList>(server, `/api/v1/pipelines?limit=${limit}${filterOf(stack)}`);
  return pipelines.map(({ id }) => id);
}

async function missing(server: ServerAccess, { name, stack, pipeline }: JobQuery): Promise<never> {
  const names = await jobNames(server, pipeline === undefined ? { stack } : { pipeline }).catch(() => []);
  throw clientError('CLIENT_JOB_MISSING', { job: name }, { hint: suggestion(name, names) });
}

/** Returns the names of the jobs of a pipeline, or of the newest ones, and of the packages that they build. */
export async function jobNames(
  server: ServerAccess,
  { stack, pipeline }: Pick<JobQuery, 'stack' | 'pipeline'>,
): Promise<readonly string[]> {
  const ids = pipeline === undefined ? await newestPipelines(server, stack, 3) : [pipeline];
  const details = await Promise.all(ids.map((id) => readPipeline(server, id)));
  const jobs = details.flatMap((one) => [one, ...one.children]).flatMap((one) => one.jobs);
  return jobs.flatMap(({ name }) => [name.split(/[@ ]/, 1)[0] ?? name, name]);
}
