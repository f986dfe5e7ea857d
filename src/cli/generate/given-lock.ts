import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readLockfile, writeLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { readGivenFile } from '../given-file.ts';
import { jobBuilder } from '../job-builder.ts';

export interface LockOptions {
  /** Folder of the environment. */
  readonly env: string;
  /** The file of a lock; without one the environment is locked. */
  readonly lock?: string;
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
    .option('--config-scope <dir>', 'further configuration, as Spack’s -C; can be repeated', repeated, []);
}

/** The folders of further configuration, absolute. */
export function configScopesOf({ configScope }: LockOptions, { cwd }: CommandContext): readonly string[] {
  return configScope.map((place) => resolve(cwd, place));
}

/** The lock that a command is about, and its text. */
export async function givenLock(
  options: LockOptions,
  context: CommandContext,
): Promise<{ readonly lock: Lockfile; readonly text: string }> {
  const environment = resolve(context.cwd, options.env);
  const { lock } = options;
  if (lock === undefined) {
    const configScopes = configScopesOf(options, context);
    const made = await jobBuilder(environment, context).lock({ environment, configScopes });
    return { lock: made, text: writeLockfile(made) };
  }
  const text = await readGivenFile(lock, context);
  return { lock: readLockfile(text, resolve(context.cwd, lock)), text };
}
