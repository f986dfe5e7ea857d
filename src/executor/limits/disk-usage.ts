import { statfs } from 'node:fs/promises';
import { bytesIn } from '../../kit/index.ts';

/**
 * Reports whether a folder has outgrown a limit. Reading a large folder takes seconds, so it is done only when the disk
 * has lost as much room as the folder would need to get there.
 */
export class DiskUsage {
  readonly #folder: string;
  readonly #limit: number;
  #free: number | undefined;
  /** The most that the folder can have by now. */
  #most = 0;

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Returns the bytes in the folder if they are more than the limit. Call it every few seconds. */
  async excess(): Promise<number | undefined> {
    const { bavail, bsize } = await statfs(this.#folder);
    const free = bavail * bsize;
    this.#most += Math.max(0, (this.#free ?? free) - free);
    this.#free = free;
    if (this.#most <= this.#limit) return undefined;
    this.#most = await bytesIn(this.#folder);
    return this.#most > this.#limit ? this.#most : undefined;
  }
}
