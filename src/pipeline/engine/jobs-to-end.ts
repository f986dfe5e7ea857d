import type { JobPlan } from '../../gitlab/index.ts';
import type { PipelineEvent } from './event.ts';
import { jobGraph } from './job-graph.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';

/** Why the server ends a job by itself. */
interface EndReason {
  readonly failureReason: string;
  /** For people, where there is more to say. */
  readonly message?: string;
}

/** What to send for the script jobs that are to be ended. `now`: milliseconds since 1970. */
export function jobsToEnd(
  state: PipelineState,
  now: number,
  reasonToEnd: (job: JobState, plan: JobPlan) => EndReason | undefined,
): readonly PipelineEvent[] {
  const { plans } = jobGraph(state.plan);
  const at = new Date(now).toISOString();
  return Object.values(state.jobs).flatMap((job): readonly PipelineEvent[] => {
    const plan = plans.get(job.name);
    const reason = plan?.kind === 'script' ? reasonToEnd(job, plan) : undefined;
    if (reason === undefined) return [];
    return [{ type: 'job-finished', job: job.name, attempt: job.attempt, outcome: 'failed', ...reason, at }];
  });
}
