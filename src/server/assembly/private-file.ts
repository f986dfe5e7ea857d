import { readFile } from 'node:fs/promises';
import { atomicWrite, hasCode } from '../../kit/index.ts';

/** Returns the text of a file that only its owner can read, and creates the file first if it does not exist. */
export async function readOrCreate(file: string, create: () => Promise<string>): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const text = await create();
  await atomicWrite(file, text, { mode: 0o600 });
  return text;
}
