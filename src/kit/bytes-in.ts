import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a block as `stat` counts them. */
const BLOCK = 512;

/** Returns the bytes that a folder has on the disk. Files that vanish meanwhile are passed over; of hard links one counts. */
export async function bytesIn(folder: string): Promise<number> {
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
