import type { JobView, Problem, StatusView } from '../../protocol/index.ts';

/** A job as `slipway status` shows it. */
export type JobStanding = Pick<
  JobView,
  'id' | 'pipeline' | 'name' | 'stage' | 'status' | 'attempt' | 'allowFailure' | 'failureReason' | 'message'
>;

export interface PipelineStanding {
  readonly id: string;
  readonly status: JobView['status'];
  readonly ref: string;
  readonly sha: string;
  readonly trust: string;
  /** With those of its children; absent for a pipeline that passed, or has not begun. */
  readonly jobs?: readonly JobStanding[];
}

interface ImageStanding {
  readonly id: string;
  readonly repository: string;
  readonly tag: string;
  readonly state: string;
  readonly digest?: string | undefined;
  readonly message?: string | undefined;
  readonly retryAt?: string | undefined;
  readonly attempts?: number | undefined;
}

/** What is known of one stack, from the data folder or from a server. */
export interface StackStanding {
  readonly name: string;
  /** Why nothing of the stack runs. */
  readonly problem?: Problem | undefined;
  readonly statuses: readonly StatusView[];
  readonly pipelines: readonly PipelineStanding[];
  readonly images: readonly ImageStanding[];
}

const SHORT_SHA = 8;
const DONE: ReadonlySet<string> = new Set(['success', 'skipped', 'created']);

/** Whether somebody may want to know how far the jobs of a pipeline are. */
export function showsJobs({ status }: Pick<PipelineStanding, 'status'>): boolean {
  return !DONE.has(status);
}

export function describeStack({ name, problem, statuses, pipelines, images }: StackStanding): readonly string[] {
  return [
    name,
    ...(problem === undefined ? [] : [`  ${problem.message}`, `    hint: ${problem.hint}`]),
    ...statuses.flatMap(({ sha, context, state, description, detail, problem: undelivered }) => [
      `  ${sha.slice(0, SHORT_SHA)}  ${context}  ${state}  ${(detail ?? description).replace(/\s+/g, ' ')}`,
      ...(undelivered === undefined ? [] : [`    not at the forge: ${undelivered}`]),
    ]),
    ...pipelines.flatMap(({ id, status, ref, sha, trust, jobs = [] }) => [
      `  pipeline ${id}  ${status}  ${ref} ${sha.slice(0, SHORT_SHA)} (${trust})`,
      ...describeJobs(jobs),
    ]),
    ...images.map(
      (image) => `  image ${image.id}  ${image.repository}:${image.tag}  ${image.state}  ${standingOf(image)}`,
    ),
  ];
}

/** Each job that somebody may have to look at, and how many others there are. */
function describeJobs(jobs: readonly JobStanding[]): readonly string[] {
  const shown = jobs.filter(({ status }) => !DONE.has(status));
  const counts = [...DONE]
    .map((status) => [status, jobs.filter((job) => job.status === status).length] as const)
    .filter(([, count]) => count > 0);
  return [
    ...shown.map(describeJob),
    ...(counts.length === 0 ? [] : [`    jobs: ${counts.map(([status, count]) => `${count} ${status}`).join(', ')}`]),
  ];
}

function describeJob({ id, name, status, allowFailure, failureReason, message }: JobStanding): string {
  const allowed = status === 'failed' && allowFailure ? ' (allowed to fail)' : '';
  const reason = status === 'failed' ? (message ?? failureReason) : undefined;
  return `    job${id === '' ? '' : ` ${id}`}  ${status}${allowed}  ${name}${reason === undefined ? '' : `  ${reason}`}`;
}

function standingOf({ state, digest, message, retryAt, attempts }: ImageStanding): string {
  if (state === 'waiting' && retryAt !== undefined)
    return `attempt ${attempts} failed, tried again at ${retryAt}: ${message ?? ''}`;
  return state === 'published' ? (digest ?? '') : (message ?? '');
}
