import { Secret } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import { runKeyCommand, type KeyCommand } from './key-command.ts';
import { decryptWithPassword, encryptWithPassword } from './password-box.ts';
import { pemBlock, pemBody, pemType } from './pem-file.ts';

/** Encrypts secret keys before they are stored. */
export interface KeyProtection {
  encrypt(bytes: Buffer): Promise<Buffer>;
  decrypt(stored: Buffer): Promise<Buffer>;
}

const TYPE = 'SLIPWAY ENCRYPTED KEY';

/** Encrypts with a key that is derived from a passphrase. Each passphrase is derived once for each stored key. */
export function passphraseProtection(passphrase: Secret): KeyProtection {
  return {
    encrypt: async (bytes) => Buffer.from(encryptWithPassword(bytes, passphrase.reveal())),
    decrypt: async (stored) => decryptWithPassword(stored.toString('utf8'), passphrase.reveal()),
  };
}

/** Lets programs encrypt and decrypt, such as the client of a key management service. */
export function commandProtection(encrypt: KeyCommand, decrypt: KeyCommand): KeyProtection {
  return {
    encrypt: (bytes) => runKeyCommand(encrypt, bytes),
    decrypt: (stored) => runKeyCommand(decrypt, stored),
  };
}

/** Returns the content of a file for a secret key; without protection the key as it is. */
export async function storedKey(key: Secret, protection: KeyProtection | undefined): Promise<string> {
  if (protection === undefined) return key.reveal();
  return pemBlock(TYPE, await protection.encrypt(Buffer.from(key.reveal())));
}

export function isProtected(stored: string): boolean {
  return pemType(stored) === TYPE;
}

/** Returns the key in a file. Throws NOTARY_KEY_ENCRYPTED where it is encrypted and no protection is configured. */
export async function readStoredKey(
  stored: string,
  { file, protection }: { file: string; protection: KeyProtection | undefined },
): Promise<Secret> {
  if (!isProtected(stored)) return new Secret(stored);
  if (protection === undefined) throw notaryError('NOTARY_KEY_ENCRYPTED', { file });
  return new Secret((await protection.decrypt(pemBody(stored))).toString('utf8'));
}
