import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { Secret, SlipwayError, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import { runKeyCommand, type KeyCommand } from './key-command.ts';
import { decryptWithPassword, encryptWithPassword } from './password-box.ts';
import { pemBlock, pemBody, pemType } from './pem-file.ts';

/** The public half of a key for images. */
interface ImagePublicKey {
  /** SHA-256 of the public key's DER, hexadecimal. */
  readonly id: string;
  /** PEM, the content of `cosign.pub`. */
  readonly publicKey: string;
}

/** Signs images as `cosign sign --key` does: ECDSA on P-256 with SHA-256. */
export interface ImageSigner extends ImagePublicKey {
  /** Base64 of the DER signature over the text's SHA-256. */
  sign(text: string): Promise<string>;
}

/** A key pair that signs images. */
export interface CosignKey extends ImageSigner {
  /** PKCS #8 PEM without a password. */
  readonly privateKey: Secret;
}

const TYPES = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'];

export function generateCosignKey(): CosignKey {
  return cosignKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** Reads `cosign.key` (with its password), or a plain PEM of an EC key on P-256. */
export function readCosignKey(pem: string, password: string = ''): CosignKey {
  try {
    const key = TYPES.includes(pemType(pem))
      ? createPrivateKey({
          key: decryptWithPassword(pemBody(pem).toString('utf8'), password),
          format: 'der',
          type: 'pkcs8',
        })
      : createPrivateKey(pem);
    requireP256(key);
    return cosignKey(key);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw notaryError('NOTARY_KEY_UNREADABLE', { what: 'key for images', reason: messageOf(error) }, { cause: error });
  }
}

/** The key as `cosign generate-key-pair` writes it, so that cosign can use it with the password. */
export function exportCosignKey(key: CosignKey, password: string): Secret {
  const der = createPrivateKey(key.privateKey.reveal()).export({ format: 'der', type: 'pkcs8' });
  return new Secret(pemBlock(TYPES[0] as string, Buffer.from(encryptWithPassword(der, password))));
}

/** Reads the public half of a key for images from a PEM file. */
export function readImagePublicKey(pem: string): ImagePublicKey {
  try {
    const key = createPublicKey(pem);
    requireP256(key);
    return publicHalf(key);
  } catch (error) {
    throw notaryError('NOTARY_KEY_UNREADABLE', { what: 'public key for images', reason: messageOf(error) });
  }
}

/**
 * A key that a command signs with: it gets the text, and writes the signature in DER. Each signature is verified before
 * it is used.
 */
export function commandImageSigner(publicKey: ImagePublicKey, command: KeyCommand): ImageSigner {
  return {
    ...publicKey,
    sign: async (text) => {
      const signature = await runKeyCommand(command, text);
      if (!verify('sha256', Buffer.from(text), publicKey.publicKey, signature))
        throw notaryError('NOTARY_SIGNATURE_UNEQUAL', { key: publicKey.id });
      return signature.toString('base64');
    },
  };
}

function requireP256(key: KeyObject): void {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error(`it is ${key.asymmetricKeyType ?? 'no key'}, not ECDSA on P-256`);
}

function publicHalf(key: KeyObject): ImagePublicKey {
  return {
    id: createHash('sha256')
      .update(key.export({ format: 'der', type: 'spki' }))
      .digest('hex'),
    publicKey: key.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

function cosignKey(key: KeyObject): CosignKey {
  return {
    ...publicHalf(createPublicKey(key)),
    sign: async (text) => sign('sha256', Buffer.from(text), key).toString('base64'),
    privateKey: new Secret(key.export({ format: 'pem', type: 'pkcs8' }).toString()),
  };
}
