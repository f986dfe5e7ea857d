import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, atomicWrite } from '../../kit/index.ts';

const OWNER_ONLY = { mode: 0o600 };

/** The secret that all tokens are derived from; made at the first start. */
export async function serverSecret(folder: string): Promise<Secret> {
  const file = join(folder, 'server-secret');
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (known !== undefined) return new Secret(known.trim());
  const made = randomBytes(32).toString('hex');
  await atomicWrite(file, `${made}\n`, OWNER_ONLY);
  return new Secret(made);
}
