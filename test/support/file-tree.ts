import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/kit/index.ts';

/**
 * Everything below a folder by its path: `link to …`, `folder 755`, or a file's mode, its digest, and the first of
 * its names where it has several.
 */
export async function fileTree(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const first = new Map<number, string>();
  const shown = new Map<string, string>();
  for (const name of names) {
    const path = join(folder, name);
    const found = await lstat(path);
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isSymbolicLink()) shown.set(name, `link to ${await readlink(path)}`);
    else if (found.isDirectory()) shown.set(name, `folder ${mode}`);
    else {
      const same = first.get(found.ino) ?? name;
      first.set(found.ino, same);
      shown.set(name, `file ${mode} ${sha256(await readFile(path))}${same === name ? '' : ` as ${same}`}`);
    }
  }
  return shown;
}
