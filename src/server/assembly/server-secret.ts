import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '../../kit/index.ts';
import { readOrCreate } from './private-file.ts';

/** Returns the secret that all tokens are derived from; created at the first start. */
export async function serverSecret(folder: string): Promise<Secret> {
  const text = await readOrCreate(join(folder, 'server-secret'), async () => `${randomBytes(32).toString('hex')}\n`);
  return new Secret(text.trim());
}
