import {
  attemptProgram,
  spawnProgram,
  type PipedProgram,
  type ProcessVariables,
  type ProgramResult,
} from '../../kit/index.ts';
import type { ContainerRuntime } from './runtime.ts';

/** Milliseconds. */
const PATIENCE = 60_000;

interface CallOptions {
  /** Milliseconds; 0: as long as it takes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly variables?: ProcessVariables;
}

/** The command line of podman or docker, with the operator's environment and nothing of a job. */
export class ContainerClient {
  readonly runtime: ContainerRuntime;
  readonly #env: ProcessVariables;

  constructor(runtime: ContainerRuntime, env: ProcessVariables) {
    this.runtime = runtime;
    this.#env = env;
  }

  /** Runs a command to its end, however it ends. */
  attempt(words: readonly string[], options: CallOptions = {}): Promise<ProgramResult> {
    const { timeout = PATIENCE, signal, variables } = options;
    return attemptProgram(this.runtime.program, words, {
      env: { ...this.#env, ...variables },
      cwd: '/',
      ...(timeout === 0 ? {} : { timeout }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Starts a command in a session of its own, where no Ctrl-C reaches it. The caller ends it. */
  start(words: readonly string[]): PipedProgram {
    return spawnProgram(this.runtime.program, words, { env: this.#env, cwd: '/', detached: true, stdio: 'pipe' });
  }
}
