import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readOrCreate } from './private-file.ts';

const generate = promisify(generateKeyPair);

/** Returns a reader of the key that signs ID tokens of jobs. The key is created in the folder when it is first used. */
export function identityKey(folder: string): () => Promise<KeyObject> {
  let known: Promise<KeyObject> | undefined;
  const read = async (): Promise<KeyObject> => {
    try {
      return createPrivateKey(await readOrCreate(join(folder, 'identity-key.pem'), newKey));
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
  return () => (known ??= read());
}

async function newKey(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
