import { spawn, type ChildProcess, type ChildProcessByStdio, type StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ProcessVariables } from './process-variables.ts';

export type { ChildProcess };

/** All variables of a program, or those of this process: nothing is added. */
export type ProgramEnvironment = ProcessVariables | 'inherited';

/** Ids that root can give a program; its further groups are removed. */
export interface ProgramUser {
  readonly uid: number;
  readonly gid: number;
}

export interface SpawnProgramOptions {
  readonly env: ProgramEnvironment;
  readonly cwd?: string;
  readonly user?: ProgramUser;
  /** As Node has it; without it all three streams are pipes. */
  readonly stdio?: StdioOptions;
  /** Whether the program leads a session of its own. */
  readonly detached?: boolean;
}

/** A program whose three streams are pipes. */
export type PipedProgram = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a program whose output is read while it runs, or that runs beside this process. The caller owns it: it listens
 * for `error` and ends it.
 */
export function spawnProgram(
  program: string,
  words: readonly string[],
  options: SpawnProgramOptions & { readonly stdio: ['ignore', 'pipe', 'pipe'] },
): ChildProcessByStdio<null, Readable, Readable>;
export function spawnProgram(
  program: string,
  words: readonly string[],
  options: SpawnProgramOptions & { readonly stdio: ['pipe', 'pipe', 'ignore' | 'inherit'] },
): ChildProcessByStdio<Writable, Readable, null>;
export function spawnProgram(
  program: string,
  words: readonly string[],
  options: SpawnProgramOptions & { readonly stdio?: 'pipe' },
): PipedProgram;
export function spawnProgram(program: string, words: readonly string[], options: SpawnProgramOptions): ChildProcess;
export function spawnProgram(
  program: string,
  words: readonly string[],
  { env, user, ...options }: SpawnProgramOptions,
): ChildProcess {
  return spawn(program, words, { ...options, ...user, ...(env === 'inherited' ? {} : { env }) });
}
