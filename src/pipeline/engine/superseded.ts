import type { JobPlan } from '../../gitlab/index.ts';
import { jobGraph } from './job-graph.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';

/**
 * Whether a newer commit may end a pipeline and its children under `auto_cancel:on_new_commit: conservative`: no job of
 * any of them has started that is not `interruptible`.
 */
export function mayBeSuperseded(family: Iterable<PipelineState>): boolean {
  for (const { plan, jobs } of family) {
    for (const [name, job] of jobGraph(plan).plans) if (isBegunForGood(job, jobs[name])) return false;
  }
  return true;
}

/** A trigger's own `interruptible` is ignored: the jobs of its child count. */
export function isBegunForGood(plan: JobPlan, job: JobState | undefined): boolean {
  return plan.kind === 'script' && !plan.interruptible && job?.startedAt !== undefined;
}
