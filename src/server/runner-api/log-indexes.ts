import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { LogIndex } from '../../protocol/index.ts';
import { LogIndexer } from './log-indexer.ts';

const KEPT = 32;

/** Indexes of logs on disk, kept and continued as the files grow. One reading of a file at a time. */
export class LogIndexes {
  readonly #indexers = new Map<string, { indexer: LogIndexer; reading: Promise<unknown> }>();

  async of(file: string): Promise<LogIndex> {
    const known = this.#indexers.get(file) ?? { indexer: new LogIndexer(), reading: Promise.resolve() };
    this.#indexers.delete(file);
    this.#indexers.set(file, known);
    this.#forgetOldest();
    const next = known.reading.then(async () => {
      const size = (await stat(file).catch(() => undefined))?.size ?? 0;
      // A runner that sends its log again may have made it shorter for a while.
      if (size < known.indexer.size) known.indexer = new LogIndexer();
      if (size > known.indexer.size) {
        const stream = createReadStream(file, { start: known.indexer.size, end: size - 1 });
        for await (const chunk of stream) known.indexer.push(chunk as Buffer);
      }
      return known.indexer.index();
    });
    known.reading = next.catch(() => undefined);
    return next;
  }

  #forgetOldest(): void {
    const [oldest] = this.#indexers.keys();
    if (this.#indexers.size > KEPT && oldest !== undefined) this.#indexers.delete(oldest);
  }
}
