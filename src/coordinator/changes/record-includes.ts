import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Audited, PipelineRecords } from '../context.ts';

/** Records in the audit log which texts from outside of the repository a pipeline was read from. */
export function recordIncludes({ pipelines, audit }: PipelineRecords & Audited, { id, stack }: PipelineRecord): void {
  for (const { source, kind, resolved, sha256 } of pipelines.state(id).plan.includes ?? []) {
    const details = { pipeline: id, kind, resolved, sha256 };
    audit.record({ who: 'server', action: 'pipeline.include', stack, on: source, outcome: 'done', details });
  }
}
