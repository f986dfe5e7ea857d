import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readNamedFile } from '../../kit/index.ts';
import { readLockfile, writeLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { jobBuilder } from '../job-builder.ts';
import { compare, judge, locksOfServer, readTaken } from './tested-lock.ts';
import type { KnownLocks, Verdict } from './tested-lock.ts';

export interface LockOptions {
  /** Folder of the environment. */
  readonly env: string;
  /** The file of a lock; without one the environment is locked. */
  readonly lock?: string;
  /** Whether one may be taken that was tested for the same tree. */
  readonly testedLock: boolean;
  /** Folders of further configuration. */
  readonly configScope: readonly string[];
}

/** An option that can be given more than once. */
export const repeated = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Which environment, and which lock of it: the same for every command that is about one. */
export function addLockOptions(command: Command): Command {
  return command
    .option('--env <dir>', 'folder of the environment (spack.yaml, recipes)', '.')
    .option('--lock <file>', 'take this lock, do not make one')
    .option('--no-tested-lock', 'make one also where a server has tested one for the same tree')
    .option('--config-scope <dir>', 'further configuration, as Spack’s -C; can be repeated', repeated, []);
}

/** The folders of further configuration, absolute. */
export function configScopesOf({ configScope }: LockOptions, { cwd }: CommandContext): readonly string[] {
  return configScope.map((place) => resolve(cwd, place));
}

export interface GivenLock {
  readonly lock: Lockfile;
  readonly text: string;
  /** Digest of what decided it; undefined where that is not known, or it was given as a file. */
  readonly inputs?: string;
}

/** Where to look for locks that were tested. */
export interface Tested {
  readonly known: () => Promise<KnownLocks | undefined>;
  /** Where the lock will lie in the job's archive; undefined for who leaves none. */
  readonly path?: string;
}

const nothingTested: Partial<Verdict> = {};

/**
 * The lock that a command is about: the given file, or what the environment gives, for which the known one is taken where it
 * may be.
 */
export async function givenLock(
  options: LockOptions,
  context: CommandContext,
  { known, path }: Tested = { known: () => locksOfServer(context) },
): Promise<GivenLock> {
  if (options.lock !== undefined) {
    const text = await readNamedFile(options.lock, context.cwd);
    return { lock: readLockfile(text, resolve(context.cwd, options.lock)), text };
  }
  const environment = resolve(context.cwd, options.env);
  const request = { environment, configScopes: configScopesOf(options, context) };
  const builder = jobBuilder(environment, context);
  const tested = options.testedLock ? await known() : undefined;
  const inputs = await builder.inputs(request);
  const told = inputs === undefined ? {} : { inputs };
  const { takes, told: why } = tested === undefined ? nothingTested : judge(tested, { inputs, path });
  if (why !== undefined) context.terminal.note(`${why}.`);
  if (takes !== undefined)
    return { lock: readTaken(takes, `the lock of pipeline ${tested?.pipeline}`), text: takes.lock, ...told };
  const lock = await builder.lock(request);
  const made = { lock, text: writeLockfile(lock), ...told };
  if (tested !== undefined) context.terminal.note(`${compare(tested, made)}.`);
  return made;
}
