import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scryptSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import * as z from 'zod';
import { Secret, SlipwayError, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

/** A key pair that signs images as `cosign sign --key` does: ECDSA on P-256 with SHA-256. */
export interface CosignKey {
  /** SHA-256 of the public key's DER, hexadecimal. */
  readonly id: string;
  /** PEM, the content of `cosign.pub`. */
  readonly publicKey: string;
  /** Base64 of the DER signature over the text's SHA-256. */
  sign(text: string): string;
  /** PKCS #8 PEM without a password. */
  readonly privateKey: Secret;
}

const TYPES = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'];

/** The PEM of `cosign generate-key-pair`: scrypt makes the key, NaCl's secretbox the ciphertext. */
const Envelope = z.object({
  kdf: z.object({
    name: z.literal('scrypt'),
    params: z.object({ N: z.number().int(), r: z.number().int(), p: z.number().int() }),
    salt: z.string(),
  }),
  cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: z.string() }),
  ciphertext: z.string(),
});

// The most that a key file may require of this machine: 128 · N · r bytes of memory.
const MOST_WORK = 2 ** 20 * 8;

export function generateCosignKey(): CosignKey {
  return cosignKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** Reads `cosign.key` (with its password), or a plain PEM of an EC key on P-256. */
export function readCosignKey(pem: string, password: string = ''): CosignKey {
  try {
    const type = /-----BEGIN ([A-Z ]+)-----/.exec(pem)?.[1] ?? '';
    const key = TYPES.includes(type)
      ? createPrivateKey({ key: decrypt(bodyOf(pem), password), format: 'der', type: 'pkcs8' })
      : createPrivateKey(pem);
    const curve = key.asymmetricKeyDetails?.namedCurve;
    if (curve !== 'prime256v1') throw new Error(`it is ${key.asymmetricKeyType ?? 'no key'}, not ECDSA on P-256`);
    return cosignKey(key);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw notaryError('NOTARY_KEY_UNREADABLE', { what: 'key for images', reason: messageOf(error) }, { cause: error });
  }
}

/** The key as `cosign generate-key-pair` writes it, so that cosign can use it with the password. */
export function exportCosignKey(key: CosignKey, password: string): Secret {
  const params = { N: 65_536, r: 8, p: 1 };
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const der = createPrivateKey(key.privateKey.reveal()).export({ format: 'der', type: 'pkcs8' });
  const ciphertext = xsalsa20poly1305(derive(password, salt, params), nonce).encrypt(der);
  const envelope = {
    kdf: { name: 'scrypt', params, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(ciphertext).toString('base64'),
  };
  const body = Buffer.from(JSON.stringify(envelope)).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return new Secret(`-----BEGIN ${TYPES[0]}-----\n${body}\n-----END ${TYPES[0]}-----\n`);
}

function cosignKey(key: KeyObject): CosignKey {
  const publicKey = createPublicKey(key);
  return {
    id: createHash('sha256')
      .update(publicKey.export({ format: 'der', type: 'spki' }))
      .digest('hex'),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (text) => sign('sha256', Buffer.from(text), key).toString('base64'),
    privateKey: new Secret(key.export({ format: 'pem', type: 'pkcs8' }).toString()),
  };
}

function bodyOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, ''), 'base64');
}

function decrypt(body: Buffer, password: string): Buffer {
  const { kdf, cipher, ciphertext } = Envelope.parse(JSON.parse(body.toString('utf8')));
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
