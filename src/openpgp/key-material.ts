import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { requirePlain } from './plain-form.ts';

/** What a key verifies with. */
export interface KeyMaterial {
  /** OpenPGP's number of the algorithm. */
  readonly algorithm: number;
  readonly key: KeyObject;
  /** Length of the modulus; undefined for Ed25519. */
  readonly rsaBytes?: number;
}

interface Signed {
  readonly hash: string;
  /** All that was hashed. */
  readonly input: Buffer;
  readonly digest: Buffer;
}

const RSA = 1;
const ED25519_LEGACY = 22;
/** The object identifier 1.3.6.1.4.1.11591.15.1 with its length. */
const ED25519_CURVE = Buffer.from('092b06010401da470f01', 'hex');

/** Reads the algorithm of a public key and its numbers (RFC 4880, 5.5.2; RFC 9580, 5.5.5.5). */
export function readMaterial(reader: ByteReader): KeyMaterial {
  const algorithm = reader.number(1);
  if (algorithm === RSA) {
    const [modulus, exponent] = [reader.integer(), reader.integer()];
    requirePlain(modulus.bits >= 2048);
    const jwk = { kty: 'RSA', n: base64url(modulus.magnitude), e: base64url(exponent.magnitude) };
    return { algorithm, key: createPublicKey({ format: 'jwk', key: jwk }), rsaBytes: modulus.magnitude.length };
  }
  requirePlain(algorithm === ED25519_LEGACY && reader.bytes(ED25519_CURVE.length).equals(ED25519_CURVE));
  const point = reader.integer().magnitude;
  // The first byte says that the point is in the curve's own form.
  requirePlain(point.length === 33 && point[0] === 0x40);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(point.subarray(1)) };
  return { algorithm, key: createPublicKey({ format: 'jwk', key: jwk }) };
}

/** Checks the numbers of a signature. */
export function requireVerified(
  { key, rsaBytes }: KeyMaterial,
  numbers: Buffer,
  { hash, input, digest }: Signed,
): void {
  const reader = new ByteReader(numbers);
  if (rsaBytes !== undefined) {
    const bytes = leftPadded(reader.integer().magnitude, rsaBytes);
    requirePlain(verify(hash, input, { key, padding: constants.RSA_PKCS1_PADDING }, bytes));
  } else {
    const bytes = [reader.integer(), reader.integer()].map(({ magnitude }) => leftPadded(magnitude, 32));
    requirePlain(verify(null, digest, key, Buffer.concat(bytes)));
  }
  requirePlain(reader.isAtEnd);
}

function leftPadded(magnitude: Buffer, length: number): Buffer {
  requirePlain(magnitude.length <= length);
  return Buffer.concat([Buffer.alloc(length - magnitude.length), magnitude]);
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
