import { readFile } from 'node:fs/promises';
import { atomicWrite, messageOf } from '../../kit/index.ts';
import { lockDigest, readLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import { findArchived, readArchived } from './artifact-files.ts';
import type { CoordinatorContext } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { JobRun, PipelineRecord } from '../ports.ts';

const LOCK_NAME = 'concrete_environment/spack.lock';

/**
 * Takes the lock out of what a finished job left, and records its digest for the pipeline. Only jobs of the topmost
 * pipeline are looked at: the children run what the lock decided, and have no say in it. The first lock stands.
 */
export async function recordLock(context: CoordinatorContext, record: PipelineRecord, run: JobRun): Promise<void> {
  if (record.parent !== undefined || record.lockDigest !== undefined) return;
  const name = await findArchived(context, run.id, LOCK_NAME);
  const bytes = name === undefined ? undefined : await readArchived(context, run.id, name);
  if (bytes === undefined) return;
  try {
    readLockfile(bytes.toString('utf8'), name ?? LOCK_NAME, { checkHashes: true });
  } catch (error) {
    throw coordinatorError('PIPELINE_LOCK_INVALID', { job: run.name, reason: messageOf(error) }, { cause: error });
  }
  const digest = lockDigest(bytes);
  await atomicWrite(context.folder.lock(digest), bytes);
  context.pipelines.setLock(record.id, digest);
  context.log.info({ pipeline: record.id, lock: digest }, 'lock recorded');
}

/** Digest of the lock that a family of pipelines recorded. */
export function recordedLock(context: CoordinatorContext, root: PipelineRecord): string {
  const digest = context.pipelines.record(root.id)?.lockDigest;
  if (digest === undefined) throw coordinatorError('PIPELINE_LOCK_MISSING', { pipeline: root.id });
  return digest;
}

/** The lock that a family of pipelines recorded. */
export async function loadLock(
  context: CoordinatorContext,
  root: PipelineRecord,
): Promise<{ lock: Lockfile; digest: string }> {
  const digest = recordedLock(context, root);
  const file = context.folder.lock(digest);
  return { lock: readLockfile(await readFile(file, 'utf8'), file), digest };
}
