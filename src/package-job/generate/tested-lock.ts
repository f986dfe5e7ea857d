import { messageOf } from '../../kit/index.ts';
import type { TestedLocks } from '../../protocol/index.ts';
import { explainHashes, lockDigest, readLockfile, type Lockfile } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';
import type { PackageJobContext } from '../package-job-context.ts';

export type TestedLock = TestedLocks['locks'][number];

/**
 * Fetches the locks of SLIPWAY_TESTED_LOCKS, where a server offers its jobs some: those of the same tree, or of the
 * branch that the change is made to.
 */
export async function testedLocksOfServer(
  context: PackageJobContext,
  of: 'tree' | 'base' = 'tree',
): Promise<TestedLocks | undefined> {
  const { env, signal } = context;
  const address = env['SLIPWAY_TESTED_LOCKS'];
  if (address === undefined || address === '') return undefined;
  return orNone(context, async () => {
    const url = new URL(address);
    if (of === 'base') url.searchParams.set('of', of);
    // The locks of a private stack are for its jobs alone.
    const token = env['CI_JOB_TOKEN'];
    const headers = token === undefined || token === '' ? undefined : { 'JOB-TOKEN': token };
    const response = await fetch(url, { signal, headers });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { TestedLocks: schema } = await import('../../protocol/index.ts');
    return schema.parse(await response.json());
  });
}

/** Notes a failure to find tested locks, and returns none, so that a lock is made. */
export async function orNone(
  { note, signal }: Pick<PackageJobContext, 'note' | 'signal'>,
  find: () => Promise<TestedLocks | undefined>,
): Promise<TestedLocks | undefined> {
  try {
    return await find();
  } catch (error) {
    signal.throwIfAborted();
    note(`The locks that were tested before cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * Chooses the tested lock that may be used instead of one made of these inputs, and returns the reason. `path`
 * is that of the lock in the job's archive, as far as that is known.
 */
export function chooseTested(
  { standing, pipeline, pullRequest, locks }: TestedLocks,
  { inputs, path }: { readonly inputs: string | undefined; readonly path: string | undefined },
): { readonly chosen?: TestedLock; readonly reason: string } {
  const own = standing === 'own' ? locks.find((one) => one.path === path) : undefined;
  if (own !== undefined) return { chosen: own, reason: 'Takes the lock that this pipeline has recorded' };
  const whose =
    pullRequest === undefined ? `Pipeline ${pipeline}` : `Pipeline ${pipeline} of pull request ${pullRequest}`;
  const tested = `${whose} tested a lock for the same tree`;
  if (standing === 'untrusted') return { reason: `${tested}, which this one may not take` };
  const same = locks.find((one) => one.inputs !== undefined && one.inputs === inputs);
  return same === undefined
    ? { reason: `${tested}, but what else decides one is not known to be the same` }
    : { chosen: same, reason: `${tested}, and nothing else that decides one has changed: takes it` };
}

/** Reads a tested lock. Throws if it is not what was recorded. */
export function readTested({ lock, digest }: TestedLock, from: string): Lockfile {
  if (lockDigest(lock) !== digest) throw packageJobError('PACKAGE_JOB_TESTED_LOCK_WRONG', { from });
  return readLockfile(lock, from, { checkHashes: true });
}

/** Compares a lock that was made nevertheless with the tested ones. */
export function compareLocks({ locks }: TestedLocks, made: { readonly lock: Lockfile; readonly text: string }): string {
  const digest = lockDigest(made.text);
  if (locks.some((one) => one.digest === digest)) return 'The lock that was made is the same';
  const counts = locks.map(({ lock }) => explainHashes(readLockfile(lock, 'a tested lock'), made.lock).length);
  const least = Math.min(...counts);
  return least === 0
    ? 'The lock that was made has the same packages'
    : `In the lock that was made ${least} packages have another hash`;
}
