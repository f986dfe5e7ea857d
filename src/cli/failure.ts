import { inspect } from 'node:util';
import { ConfigurationError, SlipwayError, formatDiagnostic, messageOf } from '../kit/index.ts';
import { cliError } from './errors.ts';
import type { Terminal } from './terminal.ts';

interface FailureOptions {
  /** Whether Ctrl-C or SIGTERM stops the program. */
  readonly isInterrupted: boolean;
}

/** The exit status of a program that was stopped by Ctrl-C (128 + SIGINT), as shells count it. */
export const interruptedExitCode = 130;

/** The reason why a command is aborted whose standard output cannot be written; that has been reported already. */
export const outputLost = new Error('standard output cannot be written');

/** Reports a failure at the terminal and returns the exit status: 1 the work failed, 2 the input was wrong. */
export function reportFailure(thrown: unknown, terminal: Terminal, options: FailureOptions): number {
  const error = refusalOf(thrown) ?? thrown;
  // Otherwise the terminal would show the progress of the work that failed below the error.
  terminal.progress('');
  if (options.isInterrupted) {
    terminal.error('interrupted');
    return interruptedExitCode;
  }
  for (const line of describeFailure(error)) terminal.error(line);
  const isExpected = error instanceof SlipwayError;
  const origin = isExpected ? error.cause : error;
  if (terminal.verbosity === 'verbose' && origin !== undefined) terminal.error(inspect(origin));
  else if (!isExpected) terminal.error('hint: Run it again with `--verbose` to see where this came from.');
  return isExpected ? error.exitCode : 1;
}

/** Returns an error with a hint for what the file system refuses; undefined for other failures of the system. */
function refusalOf(error: unknown): SlipwayError | undefined {
  const { code = '', path } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  if (path === undefined || !['EACCES', 'EPERM', 'EROFS'].includes(code)) return undefined;
  return cliError('CLI_PERMISSION_DENIED', { path, reason: messageOf(error) }, { cause: error });
}

function describeFailure(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.diagnostics.map(formatDiagnostic);
  if (!(error instanceof SlipwayError)) return [`error: ${messageOf(error)}`];
  // The code goes with the fact, above what a message quotes below it.
  const [fact = '', ...quoted] = error.message.split('\n');
  const lines = [`error: ${fact} [${error.code}]`, ...quoted];
  return error.hint === undefined ? lines : [...lines, `hint: ${error.hint}`];
}
