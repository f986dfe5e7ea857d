import type { JobState, PipelineState } from '../../../src/pipeline/index.ts';

const FINAL = ['success', 'failed', 'canceled', 'skipped'];

/**
 * Returns the status that an ended pipeline must have by what its jobs came to; undefined if it has not ended.
 * Written from GitLab's documentation, apart from the engine.
 */
export function finalStatus({ plan, jobs }: PipelineState): string | undefined {
  const all = plan.jobs.map(({ name, allowFailure }) => ({
    ...(jobs[name] as JobState),
    mayFail: allowFailure === true,
  }));
  if (all.some(({ status, mayFail }) => !FINAL.includes(status) && !(mayFail && status === 'manual'))) return undefined;
  const counted = all.filter(({ mayFail }) => !mayFail).map(({ status }) => status);
  if (counted.includes('failed')) return 'failed';
  if (counted.includes('canceled')) return 'canceled';
  return all.every(({ status }) => status === 'skipped' || status === 'manual') ? 'skipped' : 'success';
}

/** Returns the status at the forge that stands for a pipeline's final status. */
export function statusAtForge(status: string): string {
  if (status === 'success') return 'success';
  return status === 'canceled' ? 'error' : 'failure';
}
