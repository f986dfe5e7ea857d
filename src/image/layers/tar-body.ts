import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

const BLOCK = 512;
/** pax(5): records of one entry; those of real archives have some hundred bytes. */
const MAX_RECORDS = 1024 * 1024;

/** What ends an archive (POSIX.1, pax "ustar Interchange Format"): two blocks of zeros. */
export const tarEnd: Buffer = Buffer.alloc(2 * BLOCK);

/** A stream that passes a tar's entries on, byte for byte, and leaves out what ends the archive. */
export class TarBody extends Transform {
  /** Bytes of a header block, while it is incomplete. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes that are left of the entry's content and padding. */
  #left = 0;
  /** Collected content of a pax header, which may tell the next entry's size. */
  #records: Buffer[] | undefined;
  #recordsSize = 0;
  #nextSize: number | undefined;
  #isEnded = false;

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    try {
      let rest = chunk;
      while (rest.length > 0 && !this.#isEnded) rest = this.#left > 0 ? this.#passContent(rest) : this.#takeHead(rest);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    const isCut = this.#left > 0 || this.#head.length > 0;
    done(isCut ? new RangeError('the archive ends in the middle of an entry') : undefined);
  }

  #passContent(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    this.#records?.push(part);
    this.push(part);
    if (this.#left === 0 && this.#records !== undefined) {
      this.#nextSize = sizeIn(Buffer.concat(this.#records).subarray(0, this.#recordsSize));
      this.#records = undefined;
    }
    return bytes.subarray(part.length);
  }

  #takeHead(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, BLOCK - this.#head.length);
    this.#head = this.#head.length === 0 ? part : Buffer.concat([this.#head, part]);
    if (this.#head.length === BLOCK) {
      this.#readHead(this.#head);
      this.#head = Buffer.alloc(0);
    }
    return bytes.subarray(part.length);
  }

  #readHead(head: Buffer): void {
    if (head.every((byte) => byte === 0)) {
      this.#isEnded = true;
      return;
    }
    const type = String.fromCharCode(head[156] as number);
    const isRecords = type === 'x';
    const size = (isRecords ? undefined : this.#nextSize) ?? numberAt(head, 124, 12);
    if (!isRecords && type !== 'L' && type !== 'K') this.#nextSize = undefined;
    if (isRecords) {
      if (size > MAX_RECORDS) throw new RangeError('a pax header is too large');
      this.#records = [];
      this.#recordsSize = size;
    }
    this.#left = Math.ceil(size / BLOCK) * BLOCK;
    this.push(head);
  }
}

/** A number of a header: octal digits, or, for what those cannot hold, GNU's base 256. */
function numberAt(head: Buffer, start: number, length: number): number {
  if (((head[start] as number) & 0x80) !== 0)
    return Number(BigInt(`0x${head.toString('hex', start + 1, start + length)}`));
  const digits = head
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+.*$/s, '')
    .trim();
  if (!/^[0-7]*$/.test(digits)) throw new RangeError('a header has no proper size');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** The `size` record of a pax header: `<length> size=<number>\n`. */
function sizeIn(records: Buffer): number | undefined {
  const match = /(?:^|\n)\d+ size=(\d+)\n/.exec(records.toString('latin1'));
  return match === null ? undefined : Number(match[1]);
}
