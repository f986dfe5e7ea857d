import { attemptProgram, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

/** A program that works with a key which this process does not have: its words, and its whole environment. */
export interface KeyCommand {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds: a smart card may be slow, and may wait for a person to touch it. */
const TIMEOUT = 60_000;

/** Gives a command its input and returns what it writes to its standard output. Throws NOTARY_COMMAND_FAILED. */
export async function runKeyCommand({ words, env }: KeyCommand, input: string | Uint8Array): Promise<Buffer> {
  const [program = '', ...rest] = words;
  const reason = (error: unknown) =>
    notaryError('NOTARY_COMMAND_FAILED', { command: program, reason: messageOf(error) });
  const result = await attemptProgram(program, rest, { env, input, timeout: TIMEOUT }).catch((error: unknown) => {
    throw reason(error);
  });
  if (!result.isSuccess) throw reason(result.reason);
  if (result.stdout.length === 0) throw reason('it wrote nothing');
  return result.stdout;
}
