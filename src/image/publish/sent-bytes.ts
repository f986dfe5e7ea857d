import { Transform, pipeline, type Readable } from 'node:stream';
import type { Blob, Descriptor } from '../../oci/index.ts';

/** Counts the bytes of blobs on their way to a repository, over all of them. */
export class SentBytes {
  readonly #total: number;
  readonly #onBytes: ((done: number, total: number) => void) | undefined;
  readonly #sent = new Map<string, number>();

  constructor(total: number, onBytes: ((done: number, total: number) => void) | undefined) {
    this.#total = total;
    this.#onBytes = onBytes;
  }

  /** Sets how much of a blob is sent; an attempt that begins again counts from 0. */
  set({ digest }: Descriptor, bytes: number): void {
    this.#sent.set(digest, bytes);
    this.#onBytes?.(
      [...this.#sent.values()].reduce((sum, one) => sum + one, 0),
      this.#total,
    );
  }

  /** Returns the blob with streams that are counted. */
  counted(blob: Blob): Blob {
    if (this.#onBytes === undefined) return blob;
    return { ...blob, open: async () => this.#count(await blob.open(), blob.descriptor) };
  }

  #count(source: Readable, descriptor: Descriptor): Readable {
    let bytes = 0;
    const counter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.set(descriptor, (bytes += chunk.length));
        done(null, chunk);
      },
    });
    return pipeline(source, counter, () => undefined);
  }
}
