import type { Readable } from 'node:stream';
import type { Blob } from './image.ts';

/**
 * A blob as chunks of one size. Asked for in order, it is read once; asked for an earlier offset, it is read again from
 * the start. Little more than one chunk is in memory. A blob whose bytes are wrong fails with its last chunk.
 */
export class BlobChunks {
  readonly #blob: Blob;
  readonly #size: number;
  #source: Readable | undefined;
  #iterator: AsyncIterator<Buffer> | undefined;
  /** The chunk that was given last, with what was read beyond it. */
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
    const wanted = Math.min(this.#size, size - start);
    if (this.#iterator === undefined || start < this.#start) await this.#open();
    const parts = [this.#held];
    let end = this.#start + this.#held.length;
    while (end < start + wanted) {
      const bytes = await this.#next();
      if (bytes === undefined) break;
      end += bytes.length;
      if (end > start) parts.push(bytes);
      else parts.length = 0;
    }
    // At the end of the stream its check speaks up.
    if (start + wanted === size) await this.#next();
    const held = Buffer.concat(parts);
    const from = held.length - (end - start);
    this.#held = from >= 0 ? held.subarray(from) : held;
    this.#start = end - this.#held.length;
    return this.#held.subarray(0, wanted);
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
    // One listener for its whole life: what fails is seen by whoever reads.
    this.#source.on('error', () => undefined);
    this.#iterator = this.#source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#held = Buffer.alloc(0);
    this.#start = 0;
  }
}
