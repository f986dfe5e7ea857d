import { requirePlain } from './plain-form.ts';

/** Reads bytes from the front to the back, and never past the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** All bytes that were read so far. */
  get consumed(): Buffer {
    return this.#bytes.subarray(0, this.#position);
  }

  bytes(length: number): Buffer {
    requirePlain(length <= this.#bytes.length - this.#position);
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  /** An unsigned number of 1 to 4 bytes. */
  number(length: number): number {
    return this.bytes(length).readUIntBE(0, length);
  }

  /** The magnitude of a multiprecision integer (RFC 4880, 3.2), which must begin with its highest bit. */
  integer(): { readonly bits: number; readonly magnitude: Buffer } {
    const bits = this.number(2);
    const magnitude = this.bytes(Math.ceil(bits / 8));
    requirePlain(bits > 0 && 32 - Math.clz32(magnitude[0] ?? 0) === ((bits - 1) % 8) + 1);
    return { bits, magnitude };
  }
}
