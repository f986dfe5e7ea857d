import { randomBytes, scryptSync } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import * as z from 'zod';
import { notaryError } from '../errors.ts';

/** What `cosign generate-key-pair` puts into its PEM: scrypt makes the key, NaCl's secretbox the ciphertext. */
const Envelope = z.object({
  kdf: z.object({
    name: z.literal('scrypt'),
    params: z.object({ N: z.number().int(), r: z.number().int(), p: z.number().int() }),
    salt: z.string(),
  }),
  cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: z.string() }),
  ciphertext: z.string(),
});

const PARAMETERS = { N: 65_536, r: 8, p: 1 };
// The most that a key file may require of this machine: 128 · N · r bytes of memory.
const MOST_WORK = 2 ** 20 * 8;

/** Encrypts bytes with a password; the result is JSON. */
export function encryptWithPassword(bytes: Uint8Array, password: string): string {
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const ciphertext = xsalsa20poly1305(derive(password, salt, PARAMETERS), nonce).encrypt(bytes);
  return JSON.stringify({
    kdf: { name: 'scrypt', params: PARAMETERS, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(ciphertext).toString('base64'),
  });
}

/** Decrypts what `encryptWithPassword` or cosign wrote. Throws NOTARY_PASSWORD_WRONG. */
export function decryptWithPassword(envelope: string, password: string): Buffer {
  const { kdf, cipher, ciphertext } = Envelope.parse(JSON.parse(envelope));
  const key = derive(password, Buffer.from(kdf.salt, 'base64'), kdf.params);
  try {
    const box = xsalsa20poly1305(key, Buffer.from(cipher.nonce, 'base64'));
    return Buffer.from(box.decrypt(Buffer.from(ciphertext, 'base64')));
  } catch (error) {
    throw notaryError('NOTARY_PASSWORD_WRONG', {}, { cause: error });
  }
}

function derive(password: string, salt: Buffer, { N, r, p }: { N: number; r: number; p: number }): Uint8Array {
  if (N * r * p > MOST_WORK) throw new Error('its password takes more memory than is allowed here');
  return new Uint8Array(scryptSync(password, salt, 32, { N, r, p, maxmem: 129 * N * r * p + 2 ** 20 }));
}
