import type { Draft } from './draft.ts';
import { isFinal } from './job-status.ts';
import type { JobState } from './pipeline-state.ts';

/** Puts a job into the queue: its resource, then its runner, child pipeline, person or time may come. */
export function enqueue(draft: Draft, job: JobState, at: string): void {
  const { name, attempt } = job;
  const group = draft.plan(name).resourceGroup;
  if (group === undefined) return offer(draft, job, at);
  draft.put({ ...identityOf(job), status: 'waiting_for_resource', queuedAt: at });
  draft.emit({ type: 'request-resource', job: name, attempt, group });
}

/** Lets a job be taken by a runner, or a trigger's child be made. */
export function offer(draft: Draft, job: JobState, at: string): void {
  const { name, attempt } = job;
  draft.put({ ...identityOf(job), status: 'pending', queuedAt: at });
  draft.emit({ type: draft.plan(name).kind === 'trigger' ? 'start-child' : 'offer-job', job: name, attempt });
}

/** A new attempt of a job that ended, or whose runner vanished. */
export function again(draft: Draft, job: JobState, options: { at: string; isCounted: boolean }): void {
  enqueue(draft, nextAttempt(job, options.isCounted), options.at);
}

export function nextAttempt(job: JobState, isCounted: boolean): JobState {
  const retriesUsed = job.retriesUsed + (isCounted ? 1 : 0);
  return { ...identityOf(job), status: 'created', attempt: job.attempt + 1, retriesUsed };
}

/**
 * Lets dependents that were skipped because of a job that now runs again wait for it. One that was skipped with its
 * child pipeline has run: it begins another attempt, so that no attempt has two children.
 */
export function reviveSkipped(draft: Draft, dependents: Iterable<string>): void {
  for (const name of dependents) {
    const job = draft.job(name);
    if (job?.status !== 'skipped') continue;
    draft.put(job.child === undefined ? { ...identityOf(job), status: 'created' } : nextAttempt(job, false));
  }
}

/** What a job keeps when it starts again. */
function identityOf({
  name,
  attempt,
  retriesUsed,
  manualVariables,
}: JobState): Pick<JobState, 'name' | 'attempt' | 'retriesUsed' | 'manualVariables'> {
  return { name, attempt, retriesUsed, ...(manualVariables === undefined ? {} : { manualVariables }) };
}

/** Asks a job to stop; what has not begun stops at once. */
export function cancelJob(draft: Draft, job: JobState, at: string): void {
  if (isFinal(job.status) || job.status === 'canceling') return;
  if (job.status !== 'running') return draft.put({ ...job, status: 'canceled', finishedAt: at });
  draft.put({ ...job, status: 'canceling' });
  if (job.child === undefined) draft.emit({ type: 'cancel-job', job: job.name, attempt: job.attempt });
  else draft.emit({ type: 'cancel-child', job: job.name, pipeline: job.child });
}

/** Asks every job to stop that has not ended. */
export function cancelAll(draft: Draft, options: { readonly reason: string; readonly at: string }): void {
  const open = openJobs(draft);
  if (open.length === 0) return;
  draft.cancelReason ??= options.reason;
  for (const job of open) cancelJob(draft, job, options.at);
}

export function openJobs(draft: Draft): readonly JobState[] {
  return [...draft.names].flatMap((name) => draft.job(name) ?? []).filter((job) => !isFinal(job.status));
}
