import { createReadStream } from 'node:fs';
import { BoundedMap } from '../../kit/index.ts';
import type { LogIndex } from '../../protocol/index.ts';
import { LogIndexer } from './log-indexer.ts';
import { logSize } from './log-size.ts';

const KEPT = 32;

/** Indexes of logs on disk, kept and continued as the files grow. A file is read once at a time. */
export class LogIndexes {
  readonly #indexers = new BoundedMap<string, { indexer: LogIndexer; reading: Promise<unknown> }>(KEPT);

  async of(file: string): Promise<LogIndex> {
    const known = this.#indexers.get(file) ?? { indexer: new LogIndexer(), reading: Promise.resolve() };
    this.#indexers.set(file, known);
    const next = known.reading.then(async () => {
      const size = await logSize(file);
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
}
