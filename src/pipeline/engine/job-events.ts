import { isFailureAllowed, type Draft } from './draft.ts';
import type { PipelineEvent } from './event.ts';
import { again, cancelAll, offer } from './job-changes.ts';
import type { JobState } from './pipeline-state.ts';
import { progress } from './progress.ts';
import { isRetried } from './retry-rule.ts';

type EventOf<Type extends PipelineEvent['type']> = Extract<PipelineEvent, { type: Type }>;

export function onAssigned(draft: Draft, event: EventOf<'job-assigned'>): void {
  const job = attemptOf(draft, event);
  if (job?.status !== 'pending' || draft.plan(job.name).kind === 'trigger') return;
  draft.put({ ...job, status: 'running', runner: event.runner, startedAt: event.at });
}

export function onResourceGranted(draft: Draft, event: EventOf<'resource-granted'>): void {
  const job = attemptOf(draft, event);
  if (job?.status === 'waiting_for_resource') offer(draft, job, event.at);
}

/** A job may also fail while it waits for a runner (`missing_dependency_failure`, `stuck_or_timeout_failure`). */
export function onFinished(draft: Draft, event: EventOf<'job-finished'>): void {
  const job = attemptOf(draft, event);
  if (job === undefined || !isActive(job) || draft.plan(job.name).kind === 'trigger') return;
  finish(draft, job, event);
  progress(draft, event.at);
}

/** Retry is decided here, before any dependent can see the failure. */
function finish(draft: Draft, job: JobState, event: EventOf<'job-finished'>): void {
  const { outcome, exitCode, at } = event;
  const code = exitCode === undefined ? {} : { exitCode };
  if (outcome === 'canceled' || job.status === 'canceling')
    return draft.put({ ...job, ...code, status: 'canceled', finishedAt: at });
  if (outcome === 'success') return draft.put({ ...job, ...code, status: 'success', finishedAt: at });
  const reason = event.failureReason ?? 'unknown_failure';
  if (isRetried(draft.plan(job.name).retry, { reason, ...code }, job.retriesUsed))
    return again(draft, job, { at, isCounted: true });
  const words = event.message === undefined ? {} : { message: event.message };
  fail(draft, { ...job, ...code, ...words, status: 'failed', failureReason: reason, finishedAt: at });
}

/** https://docs.gitlab.com/ci/yaml/#workflowauto_cancelon_job_failure: the first failure that counts ends the rest. */
export function fail(draft: Draft, job: JobState & { readonly finishedAt: string }): void {
  draft.put(job);
  if (draft.autoCancel?.onJobFailure !== 'all' || isFailureAllowed(draft.plan(job.name), job)) return;
  cancelAll(draft, { reason: `job ${job.name} failed`, at: job.finishedAt });
}

export function onRequeued(draft: Draft, event: EventOf<'job-requeued'>): void {
  const job = attemptOf(draft, event);
  if (job?.status === 'running' && job.child === undefined)
    return again(draft, job, { at: event.at, isCounted: false });
  if (job?.status !== 'canceling' || job.child !== undefined) return;
  draft.put({ ...job, status: 'canceled', finishedAt: event.at });
  progress(draft, event.at);
}

export function attemptOf(
  draft: Draft,
  event: { readonly job: string; readonly attempt: number },
): JobState | undefined {
  const job = draft.job(event.job);
  return job?.attempt === event.attempt ? job : undefined;
}

function isActive(job: JobState): boolean {
  return job.status === 'pending' || job.status === 'running' || job.status === 'canceling';
}
