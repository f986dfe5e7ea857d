import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LockSelection, PackageJobContext } from '../package-job/index.ts';
import { jobContext, type CommandContext } from './command.ts';
import { showPhase } from './show-phase.ts';

export interface EnvironmentOptions {
  /** Folder of the environment. */
  readonly env: string;
  readonly testedLock: boolean;
  readonly configScope: readonly string[];
}

export interface LockOptions extends EnvironmentOptions {
  readonly lock?: string;
}

/** Collects an option that can be repeated. */
export const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds the options that name an environment and say how it is locked. */
export function addEnvironmentOptions(command: Command): Command {
  return command
    .option('--env <dir>', 'folder of the environment (spack.yaml, recipes)', '.')
    .option('--no-tested-lock', 'make one also where a server has tested one for the same tree')
    .option('--config-scope <dir>', 'further configuration, as Spack’s -C; can be repeated', repeated, []);
}

/** Adds the same, and the option that names a lock. */
export function addLockOptions(command: Command): Command {
  return addEnvironmentOptions(command).option('--lock <file>', 'use this lock, do not make one');
}

export function environmentRequest({ env, testedLock, configScope }: EnvironmentOptions, cwd: string) {
  return {
    environment: resolve(cwd, env),
    testedLock,
    configScopes: configScope.map((folder) => resolve(cwd, folder)),
  };
}

export function lockRequest({ lock, ...options }: LockOptions, cwd: string): LockSelection {
  return { ...environmentRequest(options, cwd), lock };
}

/** Returns the context of a command that a person waits for: while an environment is locked, it shows that. */
export function lockingContext(context: CommandContext): PackageJobContext {
  const phase = { title: 'Locking the environment', waitsFor: 'the builder, which concretizes it' };
  return { ...jobContext(context), whileLocking: (work) => showPhase(context.terminal, phase, work) };
}
