import { attemptProgram, hasCode, spawnProgram, withoutCredentials, type ProgramResult } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import { gitEnvironment } from './git-environment.ts';
import type { GitObject } from './object-output.ts';
import { ObjectReader } from './object-reader.ts';

interface GitSettings {
  /** The bare repository that the commands work in. */
  readonly repository: string;
  /** PATH for git and ssh. */
  readonly path?: string;
}

interface GitRun {
  readonly input?: string;
  /** Added for this command only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds after which the command is ended. */
  readonly timeout?: number;
}

interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly text: string;
  /** Git's error messages on one line, without credentials. */
  readonly reason: string;
}

/** Runs git in one bare repository with an environment of its own. */
export interface Git {
  readonly repository: string;
  /** Whatever the exit status; throws only if git cannot be started. */
  attempt(args: readonly string[], run?: GitRun): Promise<GitResult>;
  /** Standard output as text; throws FORGE_GIT_FAILED for another exit status than 0. */
  run(args: readonly string[], run?: GitRun): Promise<string>;
  /**
   * The object that a name means (gitrevisions(7)), read through one process that is kept; undefined if there is none.
   * Throws FORGE_GIT_FAILED if it cannot be read.
   */
  object(name: string): Promise<GitObject | undefined>;
}

export function gitCommand({ repository, path }: GitSettings): Git {
  const base = gitEnvironment(repository, path);
  async function attempt(args: readonly string[], run: GitRun = {}): Promise<GitResult> {
    // No process can get such an argument.
    if (args.some((word) => word.includes('\0')))
      return { exitCode: -1, stdout: Buffer.alloc(0), text: '', reason: 'an argument holds a NUL character' };
    const result = await attemptProgram('git', [`--git-dir=${repository}`, ...args], {
      env: { ...base, ...run.environment },
      input: run.input,
      timeout: run.timeout,
    }).catch((error: unknown) => {
      throw startFailure(error);
    });
    const { exitCode = -1, stdout } = result;
    const reason =
      result.cut === 'timeout' ? `no answer in ${(run.timeout ?? 0) / 1000} s` : reasonOf(result.stderr, result);
    return { exitCode, stdout, text: stdout.toString('utf8'), reason };
  }
  async function run(args: readonly string[], options?: GitRun): Promise<string> {
    const result = await attempt(args, options);
    if (result.exitCode !== 0) throw gitFailure(args, repository, result.reason);
    return result.text;
  }
  const reader = new ObjectReader({
    start: () => spawnProgram('git', [`--git-dir=${repository}`, 'cat-file', '--batch'], { env: base, stdio: 'pipe' }),
    failure: ({ error, stderr }) =>
      error === undefined ? gitFailure(['cat-file'], repository, reasonOf(stderr)) : startFailure(error),
  });
  return { repository, attempt, run, object: (name) => reader.read(name) };
}

function startFailure(error: unknown): Error {
  return hasCode(error, 'ENOENT') ? forgeError('FORGE_GIT_MISSING', {}, { cause: error }) : (error as Error);
}

export function gitFailure(args: readonly string[], folder: string, reason: string) {
  const command = args.find((word) => !word.startsWith('-')) ?? '';
  return forgeError('FORGE_GIT_FAILED', { command, folder, reason });
}

/** Returns the lines in which git reports what went wrong, as one; without any, how it ended. */
function reasonOf(stderr: Buffer | string, result?: ProgramResult): string {
  const lines = withoutCredentials(stderr.toString())
    .split('\n')
    .map((line) => line.trim());
  const errors = lines.filter((line) => /^(fatal|error|remote|usage|ssh):/i.test(line));
  const chosen = (errors.length > 0 ? errors : lines.filter((line) => line !== '')).slice(0, 3).join('; ');
  return chosen === '' ? (result?.ending ?? 'it ended unexpectedly') : chosen.slice(0, 500);
}
