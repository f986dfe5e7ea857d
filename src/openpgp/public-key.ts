import { createHash } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { readMaterial, type KeyMaterial } from './key-material.ts';
import { packetTag, readPackets } from './packets.ts';
import { requirePlain } from './plain-form.ts';
import { readSignature, requireSigned, subpacketType } from './signature-packet.ts';

/** A key that may sign, with no more than its user and the certification of itself; times are in seconds. */
export interface PublicKey extends KeyMaterial {
  /** In hexadecimal digits. */
  readonly fingerprint: string;
  readonly certified: number;
  readonly expires: number;
}

/** RFC 4880, 5.2.3.21. */
const SIGNS_DATA = 2;
const keyBlock = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/** Reads all public key blocks in a text. */
export function readPublicKeys(armored: string): readonly PublicKey[] {
  return (armored.match(keyBlock) ?? []).flatMap((block) => {
    const lines = block.split('\n').slice(1, -1);
    const empty = lines.indexOf('');
    requirePlain(empty >= 0 && lines.slice(0, empty).every((line) => /^(?:Version|Comment): [ -~]*[!-~]$/.test(line)));
    const packets = readPackets(lines.slice(empty + 1));
    requirePlain(packets.length > 0 && packets.length % 3 === 0);
    const keys: PublicKey[] = [];
    for (let start = 0; start < packets.length; start += 3) {
      const [key, user, certification] = packets.slice(start, start + 3);
      requirePlain(key?.tag === packetTag.publicKey && user?.tag === packetTag.userId);
      requirePlain(certification?.tag === packetTag.signature);
      keys.push(readKey(key.body, user.body, certification.body));
    }
    return keys;
  });
}

/** Reads a key and checks its certification of itself (RFC 4880, 5.2.4 and 5.5.2). */
function readKey(body: Buffer, user: Buffer, certification: Buffer): PublicKey {
  const reader = new ByteReader(body);
  requirePlain(reader.number(1) === 4);
  const created = reader.number(4);
  const material = readMaterial(reader);
  requirePlain(reader.isAtEnd && body.length < 65_536 && isText(user));
  const hashed = Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 0xff]), body]);
  const fingerprint = createHash('sha1').update(hashed).digest('hex');
  const signature = readSignature(certification);
  requirePlain(signature.issuer === fingerprint && signature.type >= 0x10 && signature.type <= 0x13);
  const start = Buffer.from([0xb4, 0, 0, 0, 0]);
  start.writeUInt32BE(user.length, 1);
  requireSigned(signature, Buffer.concat([hashed, start, user]), material);
  const flags = signature.properties.get(subpacketType.keyFlags)?.[0] ?? 0;
  requirePlain((flags & SIGNS_DATA) !== 0 && created <= signature.created);
  const lifetime = signature.properties.get(subpacketType.keyExpiration);
  requirePlain(lifetime === undefined || lifetime.length === 4);
  const seconds = lifetime?.readUInt32BE() ?? 0;
  const expires = seconds === 0 ? Infinity : created + seconds;
  return { ...material, fingerprint, certified: signature.created, expires };
}

/** Whether bytes are UTF-8 that another reader would write back as it is. */
function isText(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes.length < 1000 && Buffer.from(new TextDecoder().decode(bytes)).equals(bytes);
}
