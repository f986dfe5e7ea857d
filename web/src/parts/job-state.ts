import type { JobView, RunStatus } from '../../../src/protocol/index.ts';
import { isForgiven, statusText } from './status.tsx';

/** The states that the page distinguishes, those that need attention first. */
export const jobStates = [
  'failed',
  'warning',
  'running',
  'pending',
  'manual',
  'canceled',
  'success',
  'skipped',
  'created',
] as const;
export type JobState = (typeof jobStates)[number];

const others: Readonly<Partial<Record<RunStatus, JobState>>> = {
  waiting_for_resource: 'pending',
  preparing: 'pending',
  scheduled: 'pending',
  canceling: 'canceled',
};

/** Returns the state of a job; `warning` for one that is allowed to fail, and did. */
export function jobState(job: Pick<JobView, 'status' | 'allowFailure'>): JobState {
  return isForgiven(job) ? 'warning' : (others[job.status] ?? (job.status as JobState));
}

export function jobStateText(state: JobState): string {
  return state === 'warning' ? 'failed (allowed to fail)' : statusText(state);
}

/** Returns how many of the jobs are in each state, without states that none is in. */
export function countStates(jobs: readonly JobView[]): ReadonlyMap<JobState, number> {
  const counts = new Map<JobState, number>();
  for (const job of jobs) counts.set(jobState(job), (counts.get(jobState(job)) ?? 0) + 1);
  return new Map(jobStates.flatMap((state) => (counts.has(state) ? [[state, counts.get(state) as number]] : [])));
}
