import { join, resolve } from 'node:path';
import { lockMode } from '../../generate/index.ts';
import { exists, readNamedFile } from '../../kit/index.ts';
import type { TestedLocks } from '../../protocol/index.ts';
import { readLockfile, writeLockfile, type Lockfile } from '../../spack/index.ts';
import { jobBuilder } from '../job-builder.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { baseLockOf, lockFromBase, type LockReuse } from './base-lock.ts';
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
  /** What was kept of the lock that it began with, if it did with one. */
  readonly reuse?: LockReuse;
}

interface TestedSource {
  readonly find: () => Promise<TestedLocks | undefined>;
  /** Finds those of the branch that the change is made to. */
  readonly findBase: () => Promise<TestedLocks | undefined>;
  /** Path that the lock will have in the archive of this job; undefined for a command that leaves none. */
  readonly path?: string;
}

/**
 * Returns the lock that a command is about: the named file, or a tested lock if there is a fitting one, or a new one.
 */
export async function chooseLock(
  { environment, lock: file, testedLock, configScopes }: LockSelection,
  context: PackageJobContext,
  { find, findBase, path }: TestedSource = {
    find: () => testedLocksOfServer(context),
    findBase: () => testedLocksOfServer(context, 'base'),
  },
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
  const reuses = testedLock && (await mayReuse(environment, context));
  const base = reuses ? baseLockOf(await findBase(), path) : undefined;
  if (reuses && base === undefined) note('No lock was tested for the base yet: all roots are solved.');
  const { lock, reuse } =
    base === undefined
      ? { lock: await builder.lock(request), reuse: undefined }
      : await lockFromBase(base, { ...context, builder, request });
  const made = { lock, text: writeLockfile(lock), inputs, reuse };
  if (tested !== undefined) note(`${compareLocks(tested, made)}.`);
  return made;
}

/** Spack begins with the lock that a stack has itself. */
async function mayReuse(environment: string, { env }: PackageJobContext): Promise<boolean> {
  return (await lockMode(environment, env)) === 'reuse' && !(await exists(join(environment, 'spack.lock')));
}
