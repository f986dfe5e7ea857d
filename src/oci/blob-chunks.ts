import type { Readable } from 'node:stream';
import type { Blob } from './image.ts';

/**
 * Reads a blob in chunks of one size: once if they are read in order, again from the start for an earlier offset.
 * Little more than one chunk is in memory. A blob whose bytes are wrong fails with its last chunk.
 */
export class BlobChunks {
  readonly #blob: Blob;
  readonly #size: number;
  #source: Readable | undefined;
  #iterator: AsyncIterator<Buffer> | undefined;
  /** The chunk that was returned last, and what was read beyond it. */
  #held: Buffer = Buffer.alloc(0);
  /** Where `#held` begins. */
  #start = 0;

  constructor(blob: Blob, size: number) {
    this.#blob = blob;
    this.#size = size;
  }

  /** The bytes from `start` on: as many as a chunk has, or those up to the end. */
  async at(start: number): Promise<Buffer> {
    const { size } = this.#blob.descriptor;
    const length = Math.min(this.#size, size - start);
    if (this.#iterator === undefined || start < this.#start) await this.#open();
    const parts = [this.#held];
    let end = this.#start + this.#held.length;
    while (end < start + length) {
      const bytes = await this.#next();
      if (bytes === undefined) break;
      end += bytes.length;
      if (end > start) parts.push(bytes);
      else parts.length = 0;
    }
    // The check of the stream throws at its end.
    if (start + length === size) await this.#next();
    const held = Buffer.concat(parts);
    const from = held.length - (end - start);
    this.#held = from >= 0 ? held.subarray(from) : held;
    this.#start = end - this.#held.length;
    return this.#held.subarray(0, length);
  }

  close(): void {
    this.#source?.destroy();
    this.#iterator = undefined;
  }

  async #next(): Promise<Buffer | undefined> {
    const step = await this.#iterator?.next();
    return step === undefined || step.done === true ? undefined : step.value;
  }

  async #open(): Promise<void> {
    this.#source?.destroy();
    this.#source = await this.#blob.open();
    // Reading throws the error as well.
    this.#source.on('error', () => undefined);
    this.#iterator = this.#source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#held = Buffer.alloc(0);
    this.#start = 0;
  }
}
