import { resolve } from 'node:path';
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
}

/** The lock that a command is about, and its text. */
export async function givenLock(
  { env, lock }: LockOptions,
  context: CommandContext,
): Promise<{ readonly lock: Lockfile; readonly text: string }> {
  const environment = resolve(context.cwd, env);
  if (lock === undefined) {
    const made = await jobBuilder(environment, context).lock({ environment });
    return { lock: made, text: writeLockfile(made) };
  }
  const text = await readGivenFile(lock, context);
  return { lock: readLockfile(text, resolve(context.cwd, lock)), text };
}
