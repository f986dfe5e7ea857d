import { dependentsOf } from './job-graph.ts';
import type { Draft } from './draft.ts';
import type { PipelineEvent } from './event.ts';
import { reviveSkipped } from './job-changes.ts';
import { attemptOf, fail } from './job-events.ts';
import { isFinal, type FinalStatus } from './job-status.ts';
import type { JobState } from './pipeline-state.ts';
import { progress } from './progress.ts';

type EventOf<Type extends PipelineEvent['type']> = Extract<PipelineEvent, { type: Type }>;

/** A child that came too late, after its job was cancelled, is cancelled too; the job stays as it ended. */
export function onChildCreated(draft: Draft, event: EventOf<'child-created'>): void {
  const job = attemptOf(draft, event);
  if (job?.child === event.pipeline) return;
  if (job?.status !== 'pending') {
    draft.emit({ type: 'cancel-child', job: event.job, pipeline: event.pipeline });
    return;
  }
  const started = { ...job, child: event.pipeline, startedAt: event.at };
  const isTied = draft.plan(job.name).trigger?.strategy !== undefined;
  draft.put(isTied ? { ...started, status: 'running' } : { ...started, status: 'success', finishedAt: event.at });
  progress(draft, event.at);
}

export function onChildFailed(draft: Draft, event: EventOf<'child-failed'>): void {
  const job = attemptOf(draft, event);
  if (job?.status !== 'pending' || draft.plan(job.name).kind !== 'trigger') return;
  const { message, at, reason = 'downstream_pipeline_creation_failed' } = event;
  fail(draft, {
    ...job,
    status: 'failed',
    failureReason: reason,
    message,
    finishedAt: at,
  });
  progress(draft, at);
}

/** A child that had ended may end otherwise without running: a retried job of it is manual, or is skipped. */
export function onChildFinished(draft: Draft, event: EventOf<'child-finished'>): void {
  const found = childOf(draft, event);
  if (found === undefined) return;
  const strategy = draft.plan(found.name).trigger?.strategy;
  const status = mappedStatus(event.status, strategy);
  if (isFinal(found.status)) {
    if (strategy === undefined || found.status === status) return;
    reviveSkipped(draft, dependentsOf(draft.graph, found.name));
  }
  const { failureReason: _, ...job } = found;
  const ended = { ...job, status, finishedAt: event.at };
  if (status === 'failed') fail(draft, { ...ended, failureReason: 'downstream_pipeline_failed' });
  else draft.put(ended);
  progress(draft, event.at);
}

/** Sets the job, and so this pipeline, running again. */
export function onChildResumed(draft: Draft, event: EventOf<'child-resumed'>): void {
  const job = childOf(draft, event);
  if (job === undefined || !isFinal(job.status) || draft.plan(job.name).trigger?.strategy === undefined) return;
  const { finishedAt: _, failureReason: __, ...rest } = job;
  draft.put({ ...rest, status: 'running' });
  draft.cancelReason = undefined;
  reviveSkipped(draft, dependentsOf(draft.graph, job.name));
  progress(draft, event.at);
}

/** https://docs.gitlab.com/ci/yaml/#triggerstrategy: `depend` knows no skipped job, `mirror` copies. */
function mappedStatus(status: FinalStatus, strategy: 'depend' | 'mirror' | undefined): FinalStatus {
  return strategy !== 'mirror' && status === 'skipped' ? 'failed' : status;
}

function childOf(draft: Draft, event: { readonly job: string; readonly pipeline: string }): JobState | undefined {
  const job = draft.job(event.job);
  return job?.child === event.pipeline ? job : undefined;
}
