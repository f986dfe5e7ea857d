import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { atomicWrite, messageOf, parseJson } from '../../kit/index.ts';
import type { PipelinePlan } from '../../gitlab/index.ts';
import { lockDigest, readLockfile, type Lockfile } from '../../spack/index.ts';
import { findAllArchived, readArchived } from '../artifacts/artifact-files.ts';
import type { CoordinatorContext, DataFiles, JobArchives, PipelineRecords } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';
import { generatorsOf, jobPlan, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';

const LOCK_NAME = 'concrete_environment/spack.lock';
/** Beside the lock: what decided it. */
const INPUTS_NAME = 'lock-inputs.json';
const Inputs = z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/) });
/** Of one pipeline: a lock for each platform. */
const MOST_LOCKS = 16;

/**
 * Takes the locks out of what a finished job left, and records their digests for the pipeline. Only jobs of the topmost
 * pipeline are looked at: the children run what the locks decided, and cannot change it. The first lock may be any
 * job's; further ones, for other platforms, come from jobs that triggers make child pipelines of. What is recorded
 * stands. Returns whether something was recorded.
 */
export async function recordLock(
  context: JobArchives & Pick<CoordinatorContext, 'log'>,
  record: PipelineRecord,
  run: JobRun,
): Promise<boolean> {
  if (record.parent !== undefined) return false;
  const known = context.pipelines.locks(record.id);
  const isGenerator = generatorsIn(context, record).has(run.name);
  if (known.length > 0 && !isGenerator) return false;
  let isNew = false;
  const paths = await findAllArchived(context, run.id, LOCK_NAME);
  for (const path of isGenerator ? paths : paths.slice(0, 1)) {
    const digest = await keepLock(context, run, path);
    const recorded = context.pipelines.locks(record.id);
    if (recorded.some((one) => one.job === run.name && one.path === path)) continue;
    if (recorded.length === MOST_LOCKS) throw invalid(run, `its pipeline has ${MOST_LOCKS} others`);
    const inputs = await inputsBeside(context, run, path);
    context.pipelines.addLock(record.id, { job: run.name, path, digest, inputs });
    isNew = true;
    context.log.info({ pipeline: record.id, job: run.name, lock: digest }, 'lock recorded');
  }
  return isNew;
}

async function keepLock(context: JobArchives, run: JobRun, path: string): Promise<string> {
  const bytes = (await readArchived(context, run.id, path)) ?? Buffer.alloc(0);
  try {
    readLockfile(bytes.toString('utf8'), path, { checkHashes: true });
  } catch (error) {
    throw invalid(run, messageOf(error), error);
  }
  const digest = lockDigest(bytes);
  await atomicWrite(context.folder.lock(digest), bytes);
  return digest;
}

function invalid({ name: job }: JobRun, reason: string, cause?: unknown) {
  return coordinatorError('PIPELINE_LOCK_INVALID', { job, reason }, { cause });
}

/** An invalid file counts as absent. */
async function inputsBeside(context: JobArchives, run: JobRun, path: string): Promise<string | undefined> {
  const bytes = await readArchived(context, run.id, path.replace(/[^/]+$/, INPUTS_NAME));
  return Inputs.safeParse(parseJson(bytes?.toString() ?? '')).data?.digest;
}

const generators = new WeakMap<PipelinePlan, ReadonlySet<string>>();

/** Names of the jobs of a pipeline that its triggers make child pipelines of. */
function generatorsIn({ pipelines }: PipelineRecords, { id }: PipelineRecord): ReadonlySet<string> {
  const { plan } = pipelines.state(id);
  const names = generators.get(plan) ?? new Set(plan.jobs.flatMap(generatorsOf));
  generators.set(plan, names);
  return names;
}

/** The locks that a family of pipelines recorded, the first one first; at least one. */
export function recordedLocks(context: PipelineRecords, root: PipelineRecord): readonly RecordedLock[] {
  const locks = context.pipelines.locks(root.id);
  if (locks.length === 0) throw coordinatorError('PIPELINE_LOCK_MISSING', { pipeline: root.id });
  return locks;
}

/** Returns the name by which the notary distinguishes a pipeline's locks; the first one has none. */
export function notaryLockName(root: PipelineRecord, { job, path, digest }: RecordedLock): string | undefined {
  return digest === root.lockDigest ? undefined : `${job}:${path}`;
}

/**
 * The locks by which a job builds: those of the job that its child pipeline was made of; in doubt all of the family.
 */
export function locksOfRun(context: PipelineRecords, run: JobRun): readonly RecordedLock[] {
  let record = context.pipelines.record(run.pipeline) as PipelineRecord;
  let trigger: string | undefined;
  for (; record.parent !== undefined; record = context.pipelines.record(record.parent.pipeline) as PipelineRecord)
    trigger = record.parent.job;
  const all = recordedLocks(context, record);
  const plan = jobPlan(context.pipelines.state(record.id).plan, trigger ?? '');
  const from = plan === undefined ? [] : generatorsOf(plan);
  const own = all.filter(({ job }) => from.includes(job));
  return own.length === 0 ? all : own;
}

/** The one of several locks that has a package; the first where none has. */
export async function lockWith(
  context: DataFiles,
  locks: readonly RecordedLock[],
  hash: string | undefined,
): Promise<RecordedLock> {
  const [first, ...others] = locks as readonly [RecordedLock, ...RecordedLock[]];
  if (others.length === 0 || hash === undefined) return first;
  for (const one of locks) if ((await readRecordedLock(context, one)).lock.nodes.has(hash)) return one;
  return first;
}

/** A lock that was recorded. */
export async function readRecordedLock(
  context: DataFiles,
  { digest }: RecordedLock,
): Promise<{ lock: Lockfile; digest: string }> {
  const file = context.folder.lock(digest);
  return { lock: readLockfile(await readFile(file, 'utf8'), file), digest };
}
