import { messageOf } from '../../kit/index.ts';
import type { TestedLocks } from '../../protocol/index.ts';
import { explainHashes } from '../../generate/index.ts';
import { lockDigest, readLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';

/** Locks that were tested for the same tree; none of them is read yet. */
export type KnownLocks = TestedLocks;

/** The locks of SLIPWAY_TESTED_LOCKS, where a server tells its jobs of some. */
export async function locksOfServer(context: CommandContext): Promise<KnownLocks | undefined> {
  const { env, signal } = context;
  const url = env['SLIPWAY_TESTED_LOCKS'];
  if (url === undefined || url === '') return undefined;
  return orNone(context, async () => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { TestedLocks: schema } = await import('../../protocol/index.ts');
    return schema.parse(await response.json());
  });
}

/** What goes wrong is told, and a lock is made. */
export async function orNone(
  { terminal, signal }: CommandContext,
  find: () => Promise<KnownLocks | undefined>,
): Promise<KnownLocks | undefined> {
  try {
    return await find();
  } catch (error) {
    signal.throwIfAborted();
    terminal.note(`The locks that were tested for this tree cannot be had: ${messageOf(error)}`);
    return undefined;
  }
}

/** What of them is of use to somebody who would make a lock of these inputs, and why, for people. */
export interface Verdict {
  /** Taken for one that is made. */
  readonly takes: TestedLocks['locks'][number] | undefined;
  readonly told: string;
}

/** `path`: where the lock will lie in the job's archive, as far as that is known. */
export function judge(
  { standing, pipeline, pullRequest, locks }: KnownLocks,
  { inputs, path }: { readonly inputs: string | undefined; readonly path: string | undefined },
): Verdict {
  const own = standing === 'own' ? locks.find((one) => one.path === path) : undefined;
  if (own !== undefined) return { takes: own, told: 'Takes the lock that this pipeline has recorded' };
  const whose =
    pullRequest === undefined ? `Pipeline ${pipeline}` : `Pipeline ${pipeline} of pull request ${pullRequest}`;
  const tested = `${whose} tested a lock for the same tree`;
  if (standing === 'untrusted') return { takes: undefined, told: `${tested}, which this one may not take` };
  const same = locks.find((one) => one.inputs !== undefined && one.inputs === inputs);
  return same === undefined
    ? { takes: undefined, told: `${tested}, but what else decides one is not known to be the same` }
    : { takes: same, told: `${tested}, and nothing else that decides one has changed: takes it` };
}

/** Reads a lock that is taken. Throws where it is not what was recorded. */
export function readTaken({ lock, digest }: TestedLocks['locks'][number], from: string): Lockfile {
  if (lockDigest(lock) !== digest) throw cliError('CLI_TESTED_LOCK_WRONG', { from });
  return readLockfile(lock, from, { checkHashes: true });
}

/** What a lock that was made nevertheless has in common with those that were tested. */
export function compare({ locks }: KnownLocks, made: { readonly lock: Lockfile; readonly text: string }): string {
  const digest = lockDigest(made.text);
  if (locks.some((one) => one.digest === digest)) return 'The lock that was made is the same';
  const counts = locks.map(({ lock }) => explainHashes(readLockfile(lock, 'a tested lock'), made.lock).length);
  const least = Math.min(...counts);
  return least === 0
    ? 'The lock that was made has the same packages'
    : `In the lock that was made ${least} packages have another hash`;
}
