import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../kit/index.ts';

interface UnusedFolders {
  readonly names: RegExp;
  readonly days: number;
}

/** Removes the folders in `parent` that have these names and have not changed for so many days. */
export async function removeUnused(parent: string, { names, days }: UnusedFolders): Promise<void> {
  const limit = Date.now() - days * 86_400_000;
  for (const name of await readdir(parent)) {
    if (!names.test(name)) continue;
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < limit) await removeTree(path);
  }
}
