import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The files below a folder by their paths in it, sorted; without those that a server removes meanwhile. */
export async function contentsBelow(
  folder: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const path of (await pathsBelow(folder, '')).filter(isWanted).toSorted()) {
    const bytes = await readFile(join(folder, path)).catch(unlessGone);
    if (bytes !== undefined) found.set(path, bytes);
  }
  return found;
}

/** A recursive `readdir` would fail as soon as one folder is gone. */
async function pathsBelow(folder: string, path: string): Promise<readonly string[]> {
  const entries = (await readdir(join(folder, path), { withFileTypes: true }).catch(unlessGone)) ?? [];
  const paths = entries.map(async (entry) => {
    const below = join(path, entry.name);
    if (entry.isDirectory()) return pathsBelow(folder, below);
    return entry.isFile() ? [below] : [];
  });
  return (await Promise.all(paths)).flat();
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
