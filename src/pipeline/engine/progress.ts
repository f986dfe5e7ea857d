import { compositeStatus } from './composite-status.ts';
import type { Draft } from './draft.ts';
import { isFinal, type JobStatus } from './job-status.ts';
import type { JobState } from './pipeline-state.ts';
import { enqueue } from './job-changes.ts';

/** Moves every `created` job on whose predecessors have ended, until nothing moves. */
export function progress(draft: Draft, at: string, candidates?: Iterable<string>): void {
  const { graph } = draft;
  for (const name of candidates ?? []) advance(draft, name, at);
  while (draft.changed.size > 0) {
    const changed = [...draft.changed];
    draft.changed.clear();
    for (const name of changed) for (const dependent of graph.neededBy.get(name) ?? []) advance(draft, dependent, at);
    const earliest = changed.reduce((least, name) => Math.min(least, graph.stageOf.get(name) ?? 0), Infinity);
    advanceStages(draft, earliest + 1, at);
  }
}

/** From this stage on: where the stages before one have not ended, neither have those before a later one. */
function advanceStages(draft: Draft, first: number, at: string): void {
  const { stageJobs } = draft.graph;
  const seen = new Set(draft.seenBefore(first));
  for (let stage = first; stage < stageJobs.length && isFinal(compositeStatus(seen)); stage += 1) {
    for (const name of stageJobs[stage] ?? []) advance(draft, name, at);
    for (const status of draft.seenIn(stage)) seen.add(status);
  }
}

function advance(draft: Draft, name: string, at: string): void {
  const job = draft.job(name);
  if (job?.status !== 'created') return;
  const needs = draft.graph.needsOf.get(name);
  const isDag = needs !== undefined;
  const seen = isDag
    ? new Set(needs.map((need) => draft.seen(need)))
    : draft.seenBefore(draft.graph.stageOf.get(name) ?? 0);
  const before = compositeStatus(seen, isDag);
  if (!isFinal(before)) return;
  if (mayRun(draft.plan(name).when, before, isDag)) begin(draft, job, at);
  else draft.put({ ...job, status: 'skipped', finishedAt: at });
}

/**
 * https://docs.gitlab.com/ci/yaml/#when against the predecessors' status; a job with needs does not run after skipped
 * ones.
 */
function mayRun(when: string, before: JobStatus, isDag: boolean): boolean {
  if (when === 'on_failure') return before === 'failed';
  if (when === 'always') return before === 'success' || before === 'failed' || before === 'skipped';
  return before === 'success' || (before === 'skipped' && !isDag);
}

function begin(draft: Draft, job: JobState, at: string): void {
  const { when, startIn = 0 } = draft.plan(job.name);
  if (when === 'manual') return draft.put({ ...job, status: 'manual' });
  if (when !== 'delayed') return enqueue(draft, job, at);
  const scheduledAt = new Date(Date.parse(at) + startIn * 1000).toISOString();
  draft.put({ ...job, status: 'scheduled', scheduledAt });
  draft.emit({ type: 'schedule-job', job: job.name, at: scheduledAt });
}
