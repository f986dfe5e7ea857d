import { ByteReader } from './byte-reader.ts';
import { requirePlain } from './plain-form.ts';

const textLine = /^[A-Za-z0-9+/]+={0,2}$/;
const checksumLine = /^=[A-Za-z0-9+/]{4}$/;

/** Tags of packets (RFC 4880, 4.3). */
export const packetTag = { signature: 2, publicKey: 6, userId: 13 } as const;

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/**
 * Returns the packets in the lines of an armored block between its headers and its end. The checksum is not compared:
 * RFC 9580 (6.1) forbids to rely on it.
 */
export function readPackets(lines: readonly string[]): readonly Packet[] {
  const texts = checksumLine.test(lines.at(-1) ?? '') ? lines.slice(0, -1) : lines;
  requirePlain(texts.every((line) => textLine.test(line)));
  const text = texts.join('');
  const bytes = Buffer.from(text, 'base64');
  requirePlain(bytes.toString('base64') === text);
  const reader = new ByteReader(bytes);
  const packets: Packet[] = [];
  while (!reader.isAtEnd) packets.push(readPacket(reader));
  return packets;
}

/** Reads a packet in either format, with a length of one or two bytes (RFC 4880, 4.2). */
function readPacket(reader: ByteReader): Packet {
  const header = reader.number(1);
  requirePlain(header >= 0x80);
  if (header >= 0xc0) return { tag: header & 0x3f, body: reader.bytes(newLength(reader)) };
  const lengthType = header & 3;
  requirePlain(lengthType < 2);
  return { tag: (header >> 2) & 0xf, body: reader.bytes(reader.number(lengthType + 1)) };
}

function newLength(reader: ByteReader): number {
  const first = reader.number(1);
  requirePlain(first < 224);
  return first < 192 ? first : ((first - 192) << 8) + reader.number(1) + 192;
}
