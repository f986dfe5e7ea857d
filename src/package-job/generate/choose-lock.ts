import { resolve } from 'node:path';
import { readNamedFile } from '../../kit/index.ts';
import type { TestedLocks } from '../../protocol/index.ts';
import { readLockfile, writeLockfile, type Lockfile } from '../../spack/index.ts';
import { jobBuilder } from '../job-builder.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { chooseTested, compareLocks, readTested, testedLocksOfServer } from './tested-lock.ts';

export interface LockSelection {
  /** Folder of the environment, absolute. */
  readonly environment: string;
  /** The file of a lock; without one the environment is locked. */
  readonly lock?: string;
  /** Whether a lock may be used that was tested for the same tree. */
  readonly testedLock: boolean;
  /** Folders of further configuration, absolute. */
  readonly configScopes: readonly string[];
}

export interface ChosenLock {
  readonly lock: Lockfile;
  readonly text: string;
  /** Digest of what decided the lock; undefined if that is not known, or a file was named. */
  readonly inputs?: string;
}

interface TestedSource {
  readonly find: () => Promise<TestedLocks | undefined>;
  /** Path that the lock will have in the archive of this job; undefined for a command that leaves none. */
  readonly path?: string;
}

/**
 * Returns the lock that a command is about: the named file, or a tested lock if there is a fitting one, or a new one.
 */
export async function chooseLock(
  { environment, lock: file, testedLock, configScopes }: LockSelection,
  context: PackageJobContext,
  { find, path }: TestedSource = { find: () => testedLocksOfServer(context) },
): Promise<ChosenLock> {
  const { cwd, note } = context;
  if (file !== undefined) {
    const text = await readNamedFile(file, cwd);
    return { lock: readLockfile(text, resolve(cwd, file)), text };
  }
  const request = { environment, configScopes };
  const builder = await jobBuilder(environment, context);
  const tested = testedLock ? await find() : undefined;
  const inputs = await builder.inputs(request);
  if (tested !== undefined) {
    const { chosen, reason } = chooseTested(tested, { inputs, path });
    note(`${reason}.`);
    if (chosen !== undefined)
      return { lock: readTested(chosen, `the lock of pipeline ${tested.pipeline}`), text: chosen.lock, inputs };
  }
  const lock = await builder.lock(request);
  const made = { lock, text: writeLockfile(lock), inputs };
  if (tested !== undefined) note(`${compareLocks(tested, made)}.`);
  return made;
}
