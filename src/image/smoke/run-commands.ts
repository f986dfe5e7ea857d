import { attemptProgram, messageOf, type ProgramResult } from '../../kit/index.ts';
import type { SmokeCommand } from './definition.ts';
import { matchOutput } from './match-output.ts';
import type { OpenImage } from './open-image.ts';

export interface CommandResult {
  /** As people write it. */
  readonly command: string;
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly reason?: string;
  /** The last of what it wrote. */
  readonly output: string;
}

interface RunOptions {
  readonly signal?: AbortSignal;
}

const MAX_OUTPUT = 64 * 1024;
const SHOWN = 2000;
/** Milliseconds for one regular expression. */
const MATCH_LIMIT = 5000;

/** Runs commands in an image, one after the other. */
export async function runCommands(
  image: OpenImage,
  commands: readonly SmokeCommand[],
  options: RunOptions,
): Promise<readonly CommandResult[]> {
  const results: CommandResult[] = [];
  for (const command of commands) {
    const words = typeof command.run === 'string' ? ['/bin/sh', '-c', command.run] : command.run;
    results.push(await runCommand(command, image.words(words), options));
  }
  return results;
}

async function runCommand(
  command: SmokeCommand,
  [program = '', ...words]: readonly string[],
  { signal }: RunOptions,
): Promise<CommandResult> {
  const text = typeof command.run === 'string' ? command.run : command.run.join(' ');
  const options = { env: {}, timeout: command.timeout * 1000, maxBytes: MAX_OUTPUT, signal };
  const result = await attemptProgram(program, words, options).catch((error: unknown) => {
    signal?.throwIfAborted();
    return messageOf(error);
  });
  if (typeof result === 'string') return { command: text, passed: false, output: '', reason: result };
  const output = result.output.slice(-SHOWN);
  const reason = await reasonOf(command, result);
  return { command: text, passed: reason === undefined, output, reason };
}

async function reasonOf({ output, timeout }: SmokeCommand, result: ProgramResult): Promise<string | undefined> {
  if (result.cut === 'timeout') return `it had not ended after ${timeout} seconds`;
  // Much output is no fault.
  if (!result.isSuccess && result.cut !== 'output')
    return result.exitCode === undefined ? result.ending : `status ${result.exitCode}`;
  const isMatch = output === undefined || (await matchOutput(output, result.text, MATCH_LIMIT));
  if (isMatch === undefined) return `\`${output}\` could not be matched within ${MATCH_LIMIT / 1000} seconds`;
  return isMatch ? undefined : `its output does not match \`${output}\``;
}
