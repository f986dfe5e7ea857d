import type { JobState } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';

/** Returns the child pipeline that a trigger job started; what it started in another stack is that stack's matter. */
export function ownChild({ pipelines }: PipelineRecords, job: Pick<JobState, 'child'> | undefined): string | undefined {
  const child = job?.child;
  return child === undefined || pipelines.record(child)?.upstream !== undefined ? undefined : child;
}
