import { createHash } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { requireVerified, type KeyMaterial } from './key-material.ts';
import { requirePlain } from './plain-form.ts';

type SignatureHash = 'SHA256' | 'SHA384' | 'SHA512';

/** A signature of version 4, by its issuer's fingerprint; times are in seconds. */
interface SignaturePacket {
  readonly type: number;
  readonly algorithm: number;
  readonly hash: SignatureHash;
  readonly created: number;
  /** In hexadecimal digits. */
  readonly issuer: string;
  /** The bodies of the other subpackets that the signature covers, by type. */
  readonly properties: ReadonlyMap<number, Buffer>;
  /** The part of the packet that the signature covers. */
  readonly covered: Buffer;
  readonly hashStart: Buffer;
  /** The numbers that its algorithm made. */
  readonly numbers: Buffer;
}

/** RFC 4880, 9.4. SHA-1 and MD5 are no longer accepted. */
const hashes: Readonly<Record<number, SignatureHash>> = { 8: 'SHA256', 9: 'SHA384', 10: 'SHA512' };

/** Types of subpackets (RFC 4880, 5.2.3.1; RFC 9580, 5.2.3.7). */
export const subpacketType = { created: 2, keyExpiration: 9, issuerKeyId: 16, keyFlags: 27, issuer: 33 } as const;
const CRITICAL = 0x80;

/**
 * Subpackets that change nothing about validity: notations, preferences of the key's owner, and features. A critical
 * notation is not among them.
 */
const neutral = new Set([11, 20, 21, 22, 23, 25, 30, 34, 39]);

export function readSignature(body: Buffer): SignaturePacket {
  const reader = new ByteReader(body);
  requirePlain(reader.number(1) === 4);
  const [type, algorithm, hash] = [reader.number(1), reader.number(1), hashes[reader.number(1)]];
  requirePlain(hash !== undefined);
  const properties = readSubpackets(reader.bytes(reader.number(2)));
  const covered = reader.consumed;
  const unhashed = readSubpackets(reader.bytes(reader.number(2)));
  const created = properties.get(subpacketType.created);
  const version = properties.get(subpacketType.issuer);
  requirePlain(created?.length === 4 && version?.length === 21 && version[0] === 4);
  const issuer = version.subarray(1);
  requirePlain([...unhashed.keys()].every((one) => one === subpacketType.issuerKeyId));
  for (const id of [properties.get(subpacketType.issuerKeyId), unhashed.get(subpacketType.issuerKeyId)])
    requirePlain(id === undefined || id.equals(issuer.subarray(-8)));
  const hashStart = reader.bytes(2);
  const numbers = body.subarray(reader.consumed.length);
  return {
    type,
    algorithm,
    hash,
    created: created.readUInt32BE(),
    issuer: issuer.toString('hex'),
    properties,
    covered,
    hashStart,
    numbers,
  };
}

/** Reads subpackets that are known here, each at most once and with a length of one byte. */
function readSubpackets(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const reader = new ByteReader(bytes);
  const found = new Map<number, Buffer>();
  while (!reader.isAtEnd) {
    const length = reader.number(1);
    requirePlain(length > 0 && length < 192);
    const [type, body] = [reader.number(1), reader.bytes(length - 1)];
    const isDecisive = Object.values<number>(subpacketType).includes(type & ~CRITICAL);
    requirePlain((isDecisive || neutral.has(type)) && !found.has(type & ~CRITICAL));
    found.set(type & ~CRITICAL, body);
  }
  return found;
}

/** Checks that a key made this signature over some data (RFC 4880, 5.2.4). */
export function requireSigned(signature: SignaturePacket, data: Buffer, material: KeyMaterial): void {
  const { hash, covered, hashStart, numbers } = signature;
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(covered.length, 2);
  const input = Buffer.concat([data, covered, trailer]);
  const digest = createHash(hash).update(input).digest();
  requirePlain(signature.algorithm === material.algorithm && digest.subarray(0, 2).equals(hashStart));
  requireVerified(material, numbers, { hash, input, digest });
}
