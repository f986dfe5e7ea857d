import { execa } from 'execa';
import { withoutCredentials } from '../../kit/index.ts';
import type { Secret } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import { gitEnvironment } from './git-environment.ts';

export interface GitCredentials {
  readonly username: string;
  readonly password: Secret;
}

export interface GitSettings {
  /** The bare repository that the commands work in. */
  readonly repository: string;
  /** PATH for git and ssh. */
  readonly path?: string;
  /** Added to git's environment, which inherits nothing from ours. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface GitRun {
  readonly input?: string;
  /** Added for this command only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds after which the command is ended. */
  readonly timeout?: number;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly text: string;
  /** What git said, on one line, without credentials. */
  readonly reason: string;
}

/** Runs git in one bare repository with an environment of its own. */
export interface Git {
  readonly repository: string;
  /** Whatever the exit status; throws only if git cannot be started. */
  attempt(args: readonly string[], run?: GitRun): Promise<GitResult>;
  /** Standard output as text; throws FORGE_GIT_FAILED for another exit status than 0. */
  run(args: readonly string[], run?: GitRun): Promise<string>;
}

export function gitCommand(settings: GitSettings): Git {
  const { repository } = settings;
  const base = { ...gitEnvironment(repository, settings.path), ...settings.environment };
  async function attempt(args: readonly string[], run: GitRun = {}): Promise<GitResult> {
    // No process can be given such an argument.
    if (args.some((word) => word.includes('\0')))
      return { exitCode: -1, stdout: Buffer.alloc(0), text: '', reason: 'an argument holds a NUL character' };
    const result = await execa('git', [`--git-dir=${repository}`, ...args], {
      env: { ...base, ...run.environment },
      extendEnv: false,
      encoding: 'buffer',
      reject: false,
      stripFinalNewline: false,
      // An input of '' closes stdin at once: git never waits for somebody to type.
      input: run.input ?? '',
      ...(run.timeout === undefined ? {} : { timeout: run.timeout }),
    });
    if (result.code === 'ENOENT') throw forgeError('FORGE_GIT_MISSING', {}, { cause: result });
    const stdout = Buffer.from(result.stdout);
    const reason = result.timedOut
      ? `no answer in ${(run.timeout ?? 0) / 1000} s`
      : reasonOf(Buffer.from(result.stderr), result.exitCode);
    return { exitCode: result.exitCode ?? -1, stdout, text: stdout.toString('utf8'), reason };
  }
  async function run(args: readonly string[], options?: GitRun): Promise<string> {
    const result = await attempt(args, options);
    if (result.exitCode !== 0) throw gitFailure(args, repository, result.reason);
    return result.text;
  }
  return { repository, attempt, run };
}

export function gitFailure(args: readonly string[], folder: string, reason: string) {
  const command = args.find((word) => !word.startsWith('-')) ?? '';
  return forgeError('FORGE_GIT_FAILED', { command, folder, reason });
}

function reasonOf(stderr: Buffer, exitCode: number | undefined): string {
  const lines = withoutCredentials(stderr.toString('utf8'))
    .split('\n')
    .map((line) => line.trim());
  const telling = lines.filter((line) => /^(fatal|error|remote|usage|ssh):/i.test(line));
  const chosen = (telling.length > 0 ? telling : lines.filter((line) => line !== '')).slice(0, 3).join('; ');
  return chosen === '' ? `exit status ${exitCode ?? 'unknown'}` : chosen.slice(0, 500);
}
