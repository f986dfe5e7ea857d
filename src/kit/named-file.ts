import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hasCode, messageOf } from './errors.ts';
import { fileError } from './file-errors.ts';

/** Reads a file that a user named, from the folder in which they did. Throws FILE_UNREADABLE with that name. */
export async function readNamedFile(file: string, cwd: string): Promise<string> {
  return readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    throw fileError('FILE_UNREADABLE', { file, reason: messageOf(error) }, { cause: error });
  });
}

/** Writes a new file that only its owner can read. Refuses to replace a file. */
export async function writeSecretFile(file: string, text: string, cwd: string): Promise<void> {
  await writeFile(resolve(cwd, file), text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (hasCode(error, 'EEXIST')) throw fileError('FILE_EXISTS', { file });
    throw fileError('FILE_UNWRITABLE', { file, reason: messageOf(error) }, { cause: error });
  });
}
