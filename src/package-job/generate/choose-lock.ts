import { join, resolve } from 'node:path';
import type { Builder, LockInputs, LockRequest } from '../../builder/index.ts';
import { lockMode } from '../../generate/index.ts';
import { exists, readNamedFile } from '../../kit/index.ts';
import type { TestedLocks } from '../../protocol/index.ts';
import { readLockfile, writeLockfile, type Lockfile } from '../../spack/index.ts';
import { jobBuilder } from '../job-builder.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { baseLockOf, lockFromBase, type BaseLock, type LockReuse } from './base-lock.ts';
import { joinParts } from './join-parts.ts';
import { chooseTested, compareLocks, readTested, testedLocksOfServer, type TestedLock } from './tested-lock.ts';

export interface LockSelection {
  /** Folder of the environment, absolute. */
  readonly environment: string;
  /** The file of a lock; without one the environment is locked. */
  readonly lock?: string;
  /** Whether a lock may be used that was tested for the same tree. */
  readonly testedLock: boolean;
  /** Folders of further configuration, absolute. */
  readonly configScopes: readonly string[];
  /** Folder of the parts that other jobs have locked, absolute; by default this one locks the environment. */
  readonly parts?: string;
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
 * Returns the lock that a command is about: the named file, or a tested lock if there is a fitting one, or one joined of
 * its parts, or a new one.
 */
export async function chooseLock(
  selection: LockSelection,
  context: PackageJobContext,
  source: TestedSource = testedSource(context),
): Promise<ChosenLock> {
  const { lock: file, parts } = selection;
  const { cwd, note } = context;
  if (file !== undefined) {
    const text = await readNamedFile(file, cwd);
    return { lock: readLockfile(text, resolve(cwd, file)), text };
  }
  const { builder, inputs, tested, chosen } = await searchTested(selection, context, source);
  if (tested !== undefined && chosen !== undefined) {
    const lock = readTested(chosen, `the lock of pipeline ${tested.pipeline}`);
    return { lock, text: chosen.lock, inputs: inputs.digest };
  }
  const joined = parts === undefined ? undefined : await joinParts(parts, inputs, note);
  const { lock, reuse } =
    joined === undefined
      ? await makeLock(selection, { ...context, ...source, builder })
      : { lock: joined.lock, reuse: undefined };
  const made = { lock, text: writeLockfile(lock), inputs: joined?.inputs ?? inputs.digest, reuse };
  if (tested !== undefined) note(`${compareLocks(tested, made)}.`);
  return made;
}

/** What is locked: the whole environment, or a share of its roots. */
type Environment = Pick<LockSelection, 'environment' | 'testedLock' | 'configScopes'> & Pick<LockRequest, 'share'>;

/** Searches the tested locks for one that may be taken for the environment's, and notes which one or why none. */
export async function searchTested(
  { environment, configScopes, testedLock }: Environment,
  context: PackageJobContext,
  { find, path }: TestedSource = testedSource(context),
): Promise<{
  readonly builder: Builder;
  readonly inputs: LockInputs;
  readonly tested?: TestedLocks;
  readonly chosen?: TestedLock;
}> {
  const builder = await jobBuilder(environment, context);
  const tested = testedLock ? await find() : undefined;
  const inputs = await builder.inputs({ environment, configScopes });
  if (tested === undefined) return { builder, inputs };
  const { chosen, reason } = chooseTested(tested, { inputs: inputs.digest, path });
  context.note(`${reason}.`);
  return { builder, inputs, tested, chosen };
}

interface MakeOptions extends PackageJobContext, Pick<TestedSource, 'findBase' | 'path'> {
  readonly builder: Builder;
}

/** Makes a lock, which begins with the lock of the base where the stack wants that. */
export async function makeLock(
  { environment, configScopes, testedLock, share }: Environment,
  options: MakeOptions,
): Promise<{ readonly lock: Lockfile; readonly base?: BaseLock; readonly reuse?: LockReuse }> {
  const { builder, findBase, path, note } = options;
  const request = { environment, configScopes, share };
  const reuses = testedLock && (await mayReuse(environment, options));
  const base = reuses ? baseLockOf(await findBase(), path) : undefined;
  if (reuses && base === undefined) note('No lock was tested for the base yet: all roots are solved.');
  if (base === undefined) return { lock: await builder.lock(request) };
  return { ...(await lockFromBase(base, { ...options, request })), base };
}

/** Finds the locks that the server of a job has tested. */
export function testedSource(context: PackageJobContext): TestedSource {
  return { find: () => testedLocksOfServer(context), findBase: () => testedLocksOfServer(context, 'base') };
}

/** Spack begins with the lock that a stack has itself. */
async function mayReuse(environment: string, { env }: PackageJobContext): Promise<boolean> {
  return (await lockMode(environment, env)) === 'reuse' && !(await exists(join(environment, 'spack.lock')));
}
