import type { Command } from 'commander';
import type { PackageJobContext } from '../package-job/index.ts';
import type { Terminal } from './terminal.ts';

/** Everything that a command uses of its process, so that tests can replace it. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths among the arguments start from here. */
  readonly cwd: string;
  readonly terminal: Terminal;
  /** Reads what is piped into the program to its end; only some commands do. */
  readonly input?: () => Promise<string>;
  /**
   * Returns the answer of the person at the terminal to a question; absent unless stdin is a terminal. A hidden answer is not
   * shown.
   */
  readonly prompt?: (question: string, options?: { readonly isHidden?: boolean }) => Promise<string>;
  /** Aborted at the first Ctrl-C or SIGTERM; the command then stops what it started and ends. */
  readonly signal: AbortSignal;
}

/**
 * What each `commands/<name>.ts` exports: `export const configure: CommandModule['configure'] = …`.
 * Adds description, arguments, options and the action. The action fails by throwing; it never ends the process itself.
 */
export interface CommandModule {
  configure(command: Command, context: CommandContext): void;
}

/** Returns the part of a command's context that the work of a job needs. */
export function jobContext({ env, cwd, signal, terminal }: CommandContext): PackageJobContext {
  return { env, cwd, signal, note: (line) => terminal.note(line) };
}
