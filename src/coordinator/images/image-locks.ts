import { posix } from 'node:path';
import type { ImageDefinition, ImageLock } from '../../image/index.ts';
import { compileGlob } from '../../kit/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { PipelineFiles, PipelineRecords, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { readRecordedLock, recordedLocks } from '../locks/lock-record.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';

/** How many earlier pipelines show what changes often. */
const HISTORY = 200;

interface ImageLocksRequest {
  readonly stack: Stack;
  readonly definition: ImageDefinition;
  /** SHA of the commit whose `spack.yaml` names views. */
  readonly commit: string;
  /** Whether earlier locks are read too. */
  readonly withHistory: boolean;
}

/** Returns the locks of a pipeline that an image is of: those that its definition names, or all. */
export async function imageLocks(
  context: PipelineFiles,
  record: PipelineRecord,
  { stack, definition, commit, withHistory }: ImageLocksRequest,
): Promise<readonly ImageLock[]> {
  const recorded = chooseLocks(recordedLocks(context, record), definition, record);
  const environmentFolder = stack.configuration.environment ?? '.';
  const environment = (await stack.forge.readFile(commit, posix.join(environmentFolder, 'spack.yaml')))?.toString(
    'utf8',
  );
  const before = withHistory ? pipelinesBefore(context, record) : [];
  const locks: ImageLock[] = [];
  for (const one of recorded) {
    if (locks.some(({ digest }) => digest === one.digest)) continue;
    const history = await lockHistory(context, before, one);
    locks.push({
      ...(await readRecordedLock(context, one)),
      name: nameOf(one),
      environment,
      environmentFolder,
      history,
    });
  }
  return locks;
}

function chooseLocks(
  recorded: readonly RecordedLock[],
  { locks }: ImageDefinition,
  { id }: PipelineRecord,
): readonly RecordedLock[] {
  if (locks === undefined) return recorded;
  const patterns = locks.map((pattern) => ({ pattern, isMatch: compileGlob(pattern, 'text') }));
  const lost = patterns.find(({ isMatch }) => !recorded.some(({ job }) => isMatch(job)))?.pattern;
  if (lost !== undefined)
    throw coordinatorError('IMAGE_LOCK_MISSING', { pipeline: id, job: lost, jobs: recorded.map(nameOf).join(', ') });
  return recorded.filter(({ job }) => patterns.some(({ isMatch }) => isMatch(job)));
}

/** Returns the stack's protected pipelines before this one, oldest first. */
function pipelinesBefore(context: PipelineRecords, record: PipelineRecord): readonly PipelineRecord[] {
  return context.pipelines
    .list({ stack: record.stack, limit: HISTORY })
    .filter(({ trust, lockDigest, id }) => trust === 'protected' && lockDigest !== undefined && id !== record.id)
    .toSorted((a, b) => Number(a.id) - Number(b.id));
}

/** Returns what the same job left before, or whichever left the only lock, without what can no longer be read. */
async function lockHistory(
  context: PipelineFiles,
  before: readonly PipelineRecord[],
  { job, path }: RecordedLock,
): Promise<readonly Lockfile[]> {
  const history: Lockfile[] = [];
  for (const { id } of before) {
    const recorded = context.pipelines.locks(id);
    const one =
      recorded.find((other) => other.job === job && other.path === path) ??
      (recorded.length === 1 ? recorded[0] : undefined);
    const lock = one === undefined ? undefined : await readRecordedLock(context, one).catch(() => undefined);
    if (lock !== undefined) history.push(lock.lock);
  }
  return history;
}

/** Names a lock in messages. */
function nameOf({ job, path }: RecordedLock): string {
  return `${path} of job ${job}`;
}
