import type { ArtifactRecord, Publication, RecordedLock } from '../coordinator/index.ts';
import type { JobRun, PipelineRecord } from '../pipeline/index.ts';
import type { Row } from './database.ts';

const text = (value: Row[string] | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

export function pipelineFromRow(row: Row): PipelineRecord {
  return {
    id: String(row.id),
    stack: String(row.stack),
    source: String(row.source),
    refType: row.ref_type as PipelineRecord['refType'],
    ref: String(row.ref),
    head: String(row.head),
    base: String(row.base),
    sha: String(row.sha),
    tree: String(row.tree),
    trust: row.trust as PipelineRecord['trust'],
    request: text(row.request),
    actor: text(row.actor),
    beforeSha: text(row.before_sha),
    parent:
      row.parent_pipeline === null ? undefined : { pipeline: String(row.parent_pipeline), job: String(row.parent_job) },
    status: row.status as PipelineRecord['status'],
    lockDigest: text(row.lock_digest),
    createdAt: String(row.created_at),
    finishedAt: text(row.finished_at),
  };
}

export function lockFromRow(row: Row): RecordedLock {
  const { job, path, digest, inputs } = row;
  const lock = { job: String(job), path: String(path), digest: String(digest) };
  return inputs === null || inputs === undefined ? lock : { ...lock, inputs: String(inputs) };
}

export function runFromRow(row: Row): JobRun {
  return {
    id: String(row.id),
    pipeline: String(row.pipeline),
    job: row.job === null ? undefined : Number(row.job),
    name: String(row.name),
    attempt: Number(row.attempt),
    status: row.status as JobRun['status'],
    runner: text(row.runner),
    queuedAt: text(row.queued_at),
    startedAt: text(row.started_at),
    finishedAt: text(row.finished_at),
    failureReason: text(row.failure_reason),
    exitCode: row.exit_code === null ? undefined : Number(row.exit_code),
  };
}

export function artifactFromRow(row: Row): ArtifactRecord {
  return {
    job: String(row.job),
    type: String(row.type),
    format: String(row.format),
    file: String(row.file),
    size: Number(row.size),
    ...(row.expires_at === null ? {} : { expiresAt: String(row.expires_at) }),
  };
}

export function publicationFromRow(row: Row): Publication {
  return {
    ...(JSON.parse(String(row.publication)) as Publication),
    id: String(row.id),
    state: row.state as Publication['state'],
  };
}
