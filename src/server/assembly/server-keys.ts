import { createPrivateKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Secret, atomicWrite, hasCode } from '../../kit/index.ts';

/** Returns the secret that all tokens are derived from. It is created at the first start. */
export async function serverSecret(folder: string): Promise<Secret> {
  const text = await readOrCreate(join(folder, 'server-secret'), async () => `${randomBytes(32).toString('hex')}\n`);
  return new Secret(text.trim());
}

/** Returns a reader of the key that signs ID tokens of jobs. The key is created when it is first used. */
export function identityKey(folder: string): () => Promise<KeyObject> {
  let key: Promise<KeyObject> | undefined;
  const read = async () => {
    try {
      return createPrivateKey(await readOrCreate(join(folder, 'identity-key.pem'), newKey));
    } catch (error) {
      key = undefined;
      throw error;
    }
  };
  return () => (key ??= read());
}

async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Returns the text of a file that only its owner can read, and creates the file first if it does not exist. */
async function readOrCreate(file: string, create: () => Promise<string>): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const text = await create();
  await atomicWrite(file, text, { mode: 0o600 });
  return text;
}
