import type { Draft } from './draft.ts';
import type { PipelineEvent } from './event.ts';
import { again, cancelAll, cancelJob, enqueue, nextAttempt, openJobs, reviveSkipped } from './job-changes.ts';
import { dependentsOf } from './job-graph.ts';
import { isFinal } from './job-status.ts';
import { isBegunForGood } from './superseded.ts';
import { progress } from './progress.ts';

type EventOf<Type extends PipelineEvent['type']> = Extract<PipelineEvent, { type: Type }>;

export function onStarted(draft: Draft, event: EventOf<'started'>): void {
  progress(draft, event.at, draft.names);
}

export function onPlay(draft: Draft, event: EventOf<'play'>): void {
  const job = draft.job(event.job);
  if (job?.status !== 'manual' && job?.status !== 'scheduled') return;
  enqueue(draft, event.variables === undefined ? job : { ...job, manualVariables: event.variables }, event.at);
  const dependents = dependentsOf(draft.graph, job.name);
  reviveSkipped(draft, dependents);
  progress(draft, event.at, dependents);
}

/** One ended job once more; what was skipped because of it waits for it again. */
export function onRetry(draft: Draft, event: EventOf<'retry'>): void {
  const job = draft.job(event.job);
  if (job === undefined || !isFinal(job.status) || job.status === 'skipped') return;
  draft.cancelReason = undefined;
  again(draft, job, { at: event.at, isCounted: true });
  const dependents = dependentsOf(draft.graph, job.name);
  reviveSkipped(draft, dependents);
  progress(draft, event.at, dependents);
}

/** All failed and cancelled jobs once more, each when its predecessors let it. */
export function onRetryFailed(draft: Draft, event: EventOf<'retry-failed'>): void {
  const ended = [...draft.names].filter((name) => ['failed', 'canceled'].includes(draft.job(name)?.status ?? ''));
  if (ended.length === 0) return;
  draft.cancelReason = undefined;
  const waiting = new Set<string>(ended);
  for (const name of ended) {
    const job = draft.job(name);
    if (job !== undefined) draft.put(nextAttempt(job, true));
    for (const dependent of dependentsOf(draft.graph, name)) waiting.add(dependent);
  }
  reviveSkipped(draft, waiting);
  progress(draft, event.at, waiting);
}

export function onCancelJob(draft: Draft, event: EventOf<'cancel-job'>): void {
  const job = draft.job(event.job);
  if (job === undefined) return;
  cancelJob(draft, job, event.at);
  progress(draft, event.at);
}

/**
 * Unlike GitLab's, a cancelled pipeline ends its manual jobs too: nothing is left that would keep it from finishing.
 */
export function onCancel(draft: Draft, event: EventOf<'cancel'>): void {
  cancelAll(draft, event);
}

/**
 * https://docs.gitlab.com/ci/yaml/#workflowauto_cancelon_new_commit. What a child pipeline has begun counts too, and is
 * not known here: ask `mayBeSuperseded` of the whole family first.
 */
export function onSuperseded(draft: Draft, event: EventOf<'superseded'>): void {
  const mode = draft.autoCancel?.onNewCommit ?? 'conservative';
  if (mode === 'none') return;
  if (mode === 'conservative') {
    if (openJobs(draft).length > 0 && !hasBegunForGood(draft)) cancelAll(draft, event);
    return;
  }
  for (const job of openJobs(draft)) if (draft.plan(job.name).interruptible) cancelJob(draft, job, event.at);
  progress(draft, event.at);
}

/** Whether a job has started that is not `interruptible`; a trigger's own word does not count. */
function hasBegunForGood(draft: Draft): boolean {
  return [...draft.names].some((name) => isBegunForGood(draft.plan(name), draft.job(name)));
}
