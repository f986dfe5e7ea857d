import type { JobPlan } from '../../gitlab/index.ts';
import type { Effect } from './effect.ts';
import { jobGraph } from './job-graph.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';
import { transition } from './transition.ts';

const EPOCH = new Date(0).toISOString();

/** Returns whether a pipeline was sent `started`. Its status does not show it: jobs may be canceled before that. */
export function isStarted(state: PipelineState): boolean {
  return transition(state, { type: 'started', at: EPOCH }).state === state;
}

/**
 * What must be done, or done again, for a state that was read back after a restart: its jobs offered, children made,
 * what is being canceled is notified. Jobs that run are not listed: their runners go on, or the reaper finds them out.
 * Send `started` first to a pipeline that is not started.
 */
export function outstandingEffects(state: PipelineState): readonly Effect[] {
  const { plans } = jobGraph(state.plan);
  return Object.values(state.jobs).flatMap((job) => effectsOf(job, plans.get(job.name)));
}

function effectsOf(job: JobState, plan: JobPlan | undefined): readonly Effect[] {
  const { name, attempt, status, child, scheduledAt } = job;
  if (status === 'pending')
    return [{ type: plan?.kind === 'trigger' ? 'start-child' : 'offer-job', job: name, attempt }];
  if (status === 'waiting_for_resource')
    return [{ type: 'request-resource', job: name, attempt, group: plan?.resourceGroup ?? '' }];
  if (status === 'scheduled' && scheduledAt !== undefined)
    return [{ type: 'schedule-job', job: name, at: scheduledAt }];
  if (status !== 'canceling') return [];
  return [
    child === undefined
      ? { type: 'cancel-job', job: name, attempt }
      : { type: 'cancel-child', job: name, pipeline: child },
  ];
}
