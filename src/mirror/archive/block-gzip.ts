import { availableParallelism } from 'node:os';
import { Transform, type TransformCallback } from 'node:stream';
import { constants, crc32, deflateRaw } from 'node:zlib';

/** Uncompressed bytes of a block. Part of the format: another number gives other bytes. */
const BLOCK = 256 * 1024;
/** How far back deflate can point (RFC 1951, 2), hence what of a block its successor needs. */
const WINDOW = 32 * 1024;
const LEVEL = 6;
// RFC 1952, 2.3: deflate, no flags, no time, no extra flags, unknown system. Spack's header has the same ten bytes.
const HEADER = Buffer.from('1f8b08000000000000ff', 'hex');

/**
 * Compresses on all cores: the bytes are cut into blocks of one size, each is deflated by itself with the end of the
 * one before as its dictionary, and the results are put together in order to one gzip member. What comes out depends on
 * the bytes alone, never on how many blocks are in work at once (`atOnce`), which bounds the memory too.
 */
export class BlockGzip extends Transform {
  readonly #atOnce: number;
  #waiting: Buffer[] = [];
  #waitingSize = 0;
  #dictionary: Buffer | undefined;
  #crc = 0;
  #size = 0;
  /** Deflated blocks in order; the first may be unfinished while later ones are done. */
  readonly #blocks: (Buffer | undefined)[] = [];
  #firstBlock = 0;
  #resume: TransformCallback | undefined;
  #ending: TransformCallback | undefined;

  constructor(options: { readonly atOnce?: number } = {}) {
    super({ readableHighWaterMark: 4 * BLOCK, writableHighWaterMark: BLOCK });
    this.#atOnce = options.atOnce ?? Math.max(32, 2 * availableParallelism());
    this.push(HEADER);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#crc = crc32(chunk, this.#crc);
    this.#size += chunk.length;
    let rest = chunk;
    while (this.#waitingSize + rest.length > BLOCK) {
      const part = rest.subarray(0, BLOCK - this.#waitingSize);
      rest = rest.subarray(part.length);
      this.#hold(part);
      this.#deflate(constants.Z_SYNC_FLUSH);
    }
    this.#hold(rest);
    if (this.#blocks.length < this.#atOnce) done();
    else this.#resume = done;
  }

  override _flush(done: TransformCallback): void {
    this.#ending = done;
    this.#deflate(constants.Z_FINISH);
  }

  #hold(part: Buffer): void {
    if (part.length > 0) this.#waiting.push(part);
    this.#waitingSize += part.length;
  }

  #deflate(finishFlush: number): void {
    const block = Buffer.concat(this.#waiting);
    const options = { level: LEVEL, finishFlush, chunkSize: BLOCK, dictionary: this.#dictionary };
    this.#waiting = [];
    this.#waitingSize = 0;
    this.#dictionary = block.subarray(-WINDOW);
    const number = this.#firstBlock + this.#blocks.push(undefined) - 1;
    deflateRaw(block, options, (error, bytes) => {
      if (error) this.destroy(error);
      else this.#finish(number, bytes);
    });
  }

  #finish(number: number, bytes: Buffer): void {
    this.#blocks[number - this.#firstBlock] = bytes;
    while (this.#blocks[0] !== undefined) {
      this.push(this.#blocks.shift());
      this.#firstBlock += 1;
    }
    if (this.#blocks.length < this.#atOnce) {
      const resume = this.#resume;
      this.#resume = undefined;
      resume?.();
    }
    if (this.#blocks.length === 0) this.#ending?.(null, this.#trailer());
  }

  #trailer(): Buffer {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    return trailer;
  }
}
