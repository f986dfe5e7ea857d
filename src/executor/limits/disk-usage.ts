import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a block as `stat` counts them. */
const BLOCK = 512;

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

/** Files that vanish meanwhile are passed over; of hard links one counts. */
async function bytesIn(folder: string): Promise<number> {
  const [folders, seen] = [[folder], new Set<number>()];
  let sum = 0;
  for (const path of folders) {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const found = await lstat(join(path, entry.name)).catch(() => undefined);
      if (found === undefined || (found.nlink > 1 && seen.has(found.ino))) continue;
      if (found.nlink > 1) seen.add(found.ino);
      sum += found.blocks * BLOCK;
      if (found.isDirectory()) folders.push(join(path, entry.name));
    }
  }
  return sum;
}
