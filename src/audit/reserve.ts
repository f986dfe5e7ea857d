import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 256 * 1024;

/** Space on the disk that is kept for records: it is given up when the disk is full, and taken again later. */
export class Reserve {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'reserve');
  }

  /** Throws if the disk has no room for it. */
  fill(): void {
    if (existsSync(this.#path) && statSync(this.#path).size === BYTES) return;
    const file = openSync(this.#path, 'w', 0o600);
    try {
      // Not zeros: some file systems keep no blocks for those.
      for (let done = 0; done < BYTES;) done += writeSync(file, Buffer.alloc(BYTES - done, 'reserve '));
      fsyncSync(file);
    } catch (error) {
      rmSync(this.#path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}
