import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hasCode, messageOf } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

type Place = Pick<CommandContext, 'cwd'>;

/** The text of a file that a person named. */
export async function readGivenFile(file: string, { cwd }: Place): Promise<string> {
  return await readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    throw cliError('CLI_FILE_UNREADABLE', { file, reason: messageOf(error) }, { cause: error });
  });
}

/** Writes a new file that only its owner may read; one that is there already is left as it is, and refused. */
export async function writeSecretFile(file: string, text: string, { cwd }: Place): Promise<void> {
  await writeFile(resolve(cwd, file), text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (hasCode(error, 'EEXIST')) throw cliError('CLI_FILE_EXISTS', { file });
    throw cliError('CLI_FILE_UNWRITABLE', { file, reason: messageOf(error) }, { cause: error });
  });
}
