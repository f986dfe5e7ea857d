import type { PipelineSubject } from '../../pipeline/index.ts';

/** Source of a pipeline that another CI system runs, as GitLab names it. */
export const externalSource = 'external';

/** Whether another CI system runs the pipeline. No runner of this server gets its job. */
export function isExternal({ source }: Pick<PipelineSubject, 'source'>): boolean {
  return source === externalSource;
}
