import { createHash } from 'node:crypto';
import { sha256 } from '../../kit/index.ts';

const BYTES = 2048;

/**
 * The digest of a set, kept up to date in constant time: LtHash (Bellare and Micciancio's hash over lattices, with
 * 1,024 lanes of 16 bits, as in Facebook's "Securing Update Propagation with Homomorphic Hashing", 2019). Two sets of
 * members have the same state only if they are the same set; the order of adding does not matter.
 */
export class SetDigest {
  readonly #lanes: Uint16Array;

  /** From what `state` gave; the empty set without. */
  constructor(state?: string) {
    const bytes = state === undefined ? Buffer.alloc(BYTES) : Buffer.from(state, 'base64');
    if (bytes.length !== BYTES) throw new TypeError(`the state of a set's digest has ${BYTES} bytes`);
    this.#lanes = Uint16Array.from({ length: BYTES / 2 }, (_, lane) => bytes.readUInt16LE(2 * lane));
  }

  add(member: string): void {
    expand(member).forEach((value, lane) => (this.#lanes[lane] = (this.#lanes[lane] ?? 0) + value));
  }

  /** Takes back what was added. */
  delete(member: string): void {
    expand(member).forEach((value, lane) => (this.#lanes[lane] = (this.#lanes[lane] ?? 0) - value));
  }

  /** Base64, for storing. */
  get state(): string {
    return this.#bytes().toString('base64');
  }

  /** 64 hexadecimal digits, for comparing. */
  get digest(): string {
    return sha256(this.#bytes());
  }

  #bytes(): Buffer {
    const bytes = Buffer.alloc(BYTES);
    this.#lanes.forEach((value, lane) => bytes.writeUInt16LE(value, 2 * lane));
    return bytes;
  }
}

function expand(member: string): readonly number[] {
  const bytes = createHash('shake256', { outputLength: BYTES }).update(member).digest();
  return Array.from({ length: BYTES / 2 }, (_, lane) => bytes.readUInt16LE(2 * lane));
}
