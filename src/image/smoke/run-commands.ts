import { attemptProgram, messageOf, type ProgramResult } from '../../kit/index.ts';
import type { Image } from '../../oci/index.ts';
import { SYSTEM_PATH, splitVariable } from '../image-config.ts';
import { unpackImage } from '../unpack/unpack-image.ts';
import type { SmokeCommand } from './definition.ts';
import { findEntrance, type Entrance, type EntranceOptions } from './enter-root.ts';
import { imageUser } from './image-user.ts';
import { matchOutput } from './match-output.ts';

export interface CommandResult {
  /** As people write it. */
  readonly command: string;
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly reason?: string;
  /** The last of what it wrote. */
  readonly output: string;
}

interface RunOptions extends EntranceOptions {
  /** Where the image is unpacked; it must not exist yet. Whoever calls removes it. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly entrance?: Entrance;
}

const MAX_OUTPUT = 64 * 1024;
const SHOWN = 2000;
/** Milliseconds for one regular expression. */
const MATCH_LIMIT = 5000;

/**
 * Unpacks an image and runs commands in it, one after the other, as a container would: its files, variables, user and
 * folder, no network, nothing of this machine.
 */
export async function runCommands(
  image: Image,
  commands: readonly SmokeCommand[],
  options: RunOptions,
): Promise<readonly CommandResult[]> {
  const entrance = options.entrance ?? (await findEntrance(options));
  await unpackImage(image, options.folder);
  const { Env: env, User: name, WorkingDir: folder } = image.config.config ?? {};
  const variables = new Map([['PATH', SYSTEM_PATH], ...(env ?? []).map(splitVariable)]);
  const user = await imageUser(options.folder, name);
  const results: CommandResult[] = [];
  for (const command of commands) {
    const words = typeof command.run === 'string' ? ['/bin/sh', '-c', command.run] : command.run;
    const inside = { root: options.folder, words, folder: folder || '/', user, variables };
    results.push(await runCommand(command, entrance.words(inside), options));
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
