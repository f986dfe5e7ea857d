import { createPrivateKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atomicWrite } from '../../kit/index.ts';

const OWNER_ONLY = { mode: 0o600 };
const makePair = promisify(generateKeyPair);

/** The key that vouches for jobs; made, and kept in the folder, when it is first needed. */
export function identityKey(folder: string): () => Promise<KeyObject> {
  let known: Promise<KeyObject> | undefined;
  const read = async (): Promise<KeyObject> => {
    try {
      return await readOrMake(join(folder, 'identity-key.pem'));
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
  return () => (known ??= read());
}

async function readOrMake(file: string): Promise<KeyObject> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return createPrivateKey(text);
  const { privateKey } = await makePair('rsa', { modulusLength: 2048 });
  await atomicWrite(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), OWNER_ONLY);
  return privateKey;
}
