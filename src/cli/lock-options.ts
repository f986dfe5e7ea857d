import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LockSelection } from '../package-job/index.ts';

export interface LockOptions {
  /** Folder of the environment. */
  readonly env: string;
  readonly lock?: string;
  readonly testedLock: boolean;
  readonly configScope: readonly string[];
}

/** Collects an option that can be repeated. */
export const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds the options that name an environment and its lock. */
export function addLockOptions(command: Command): Command {
  return command
    .option('--env <dir>', 'folder of the environment (spack.yaml, recipes)', '.')
    .option('--lock <file>', 'use this lock, do not make one')
    .option('--no-tested-lock', 'make one also where a server has tested one for the same tree')
    .option('--config-scope <dir>', 'further configuration, as Spack’s -C; can be repeated', repeated, []);
}

export function lockRequest({ env, lock, testedLock, configScope }: LockOptions, cwd: string): LockSelection {
  return {
    environment: resolve(cwd, env),
    lock,
    testedLock,
    configScopes: configScope.map((folder) => resolve(cwd, folder)),
  };
}
