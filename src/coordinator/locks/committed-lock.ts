import { posix } from 'node:path';
import { atomicWrite, messageOf } from '../../kit/index.ts';
import type { PipelinePlan } from '../../gitlab/index.ts';
import { generatorsOf } from '../../pipeline/index.ts';
import { lockDigest, readLockfile } from '../../spack/index.ts';
import type { DataFiles, Stack } from '../context.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';

/** Stands for the job that left a lock. */
const OF_COMMIT = 'commit';

/**
 * Keeps the lock in a commit whose pipeline was generated elsewhere, as one pushed to DOWNSTREAM_CI_REPO: its jobs name
 * the folder of the lock, and none of them generates. Returns undefined for other pipelines, and the reason for a lock
 * that cannot be used.
 */
export async function committedLock(
  { folder }: DataFiles,
  { forge }: Pick<Stack, 'forge'>,
  { sha, plan }: { readonly sha: string; readonly plan: PipelinePlan },
): Promise<RecordedLock | { readonly fault: string } | undefined> {
  if (plan.jobs.some((job) => generatorsOf(job).length > 0)) return undefined;
  const named = plan.jobs.map(({ variables }) => variables['SPACK_CONCRETE_ENV_DIR']?.value);
  const lockFolder = named.find((one) => one !== undefined && one !== '');
  const path = lockFolder === undefined ? undefined : posix.join(lockFolder, 'spack.lock');
  if (path === undefined || posix.isAbsolute(path) || path.startsWith('../')) return undefined;
  const bytes = await forge.readFile(sha, path);
  if (bytes === undefined) return undefined;
  try {
    readLockfile(bytes.toString('utf8'), path, { checkHashes: true });
  } catch (error) {
    return { fault: messageOf(error) };
  }
  const digest = lockDigest(bytes);
  await atomicWrite(folder.lock(digest), bytes);
  return { job: OF_COMMIT, path, digest };
}
