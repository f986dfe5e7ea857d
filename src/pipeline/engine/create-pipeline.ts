import type { PipelinePlan } from '../../gitlab/index.ts';
import { pipelineError } from '../errors.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';

/** A pipeline that has not started: every job is `created`. Send `started` to begin. */
export function createPipeline(id: string, plan: PipelinePlan): PipelineState {
  const names = new Set(plan.jobs.map((job) => job.name));
  if (names.size === 0) throw pipelineError('ENGINE_PIPELINE_INVALID', { pipeline: id, reason: 'it has no jobs' });
  if (names.size !== plan.jobs.length)
    throw pipelineError('ENGINE_PIPELINE_INVALID', { pipeline: id, reason: 'two jobs have the same name' });
  const fresh = (name: string): JobState => ({ name, status: 'created', attempt: 1, retriesUsed: 0 });
  return { id, plan, jobs: Object.fromEntries([...names].map((name) => [name, fresh(name)])), status: 'created' };
}
