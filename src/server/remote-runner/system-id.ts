import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, hasCode } from '../../kit/index.ts';

/** Returns what distinguishes this machine from others with the same token; made once, and kept in the folder. */
export async function systemIdIn(folder: string): Promise<string> {
  const file = join(folder, 'system-id');
  const known = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  });
  if (/^s_[0-9a-f]{12}$/.test(known.trim())) return known.trim();
  const id = `s_${randomBytes(6).toString('hex')}`;
  await atomicWrite(file, `${id}\n`, { mode: 0o600 });
  return id;
}
