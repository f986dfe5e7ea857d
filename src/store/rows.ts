import type { PipelineRecord } from '../pipeline/index.ts';

// Columns are named as the fields of the records; sort by `table.id`, since the text of an id sorts otherwise.
export const pipelineColumns =
  'CAST(id AS TEXT) AS id, stack, source, ref_type AS refType, ref, head, base, sha, tree, trust, request, actor, ' +
  'before_sha AS beforeSha, parent_pipeline AS parentPipeline, parent_job AS parentJob, ' +
  'upstream_pipeline AS upstreamPipeline, upstream_job AS upstreamJob, status, ' +
  'lock_digest AS lockDigest, created_at AS createdAt, finished_at AS finishedAt';
export const runColumns =
  'CAST(id AS TEXT) AS id, CAST(pipeline AS TEXT) AS pipeline, job, name, attempt, status, runner, ' +
  'queued_at AS queuedAt, started_at AS startedAt, finished_at AS finishedAt, failure_reason AS failureReason, ' +
  'exit_code AS exitCode';
export const artifactColumns = 'CAST(job AS TEXT) AS job, type, format, file, size, expires_at AS expiresAt';

export interface PipelineRow extends Omit<PipelineRecord, 'parent' | 'upstream'> {
  readonly parentPipeline?: string;
  readonly parentJob?: string;
  readonly upstreamPipeline?: string;
  readonly upstreamJob?: string;
}

export function pipelineFromRow(row: PipelineRow): PipelineRecord {
  const { parentPipeline, parentJob, upstreamPipeline, upstreamJob, ...record } = row;
  const parent = triggerOf(parentPipeline, parentJob);
  const upstream = triggerOf(upstreamPipeline, upstreamJob);
  return { ...record, ...(parent && { parent }), ...(upstream && { upstream }) };
}

function triggerOf(pipeline: string | undefined, job: string | undefined): PipelineRecord['parent'] {
  return pipeline === undefined || job === undefined ? undefined : { pipeline, job };
}
