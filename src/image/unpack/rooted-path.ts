import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../kit/index.ts';

const MAX_LINKS = 40;

/**
 * Returns the location of an image's path on disk, as a process in the image would see it: links of its folders are
 * followed, and `/` and `..` end at the root folder. The last part is not followed. Undefined for the root itself, for
 * a circle of links, and for a path below something that is no folder.
 */
export async function rootedPath(root: string, path: string): Promise<string | undefined> {
  const pending = path.split('/').filter(isMeaningful);
  const done: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const part = pending.shift() as string;
    if (part === '..') {
      done.pop();
      continue;
    }
    const next = join(root, ...done, part);
    if (pending.length === 0) return next;
    const kind = await kindOf(next);
    if (kind === 'other') return undefined;
    if (kind !== 'link') {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    const target = await readlink(next);
    if (target.startsWith('/')) done.length = 0;
    pending.unshift(...target.split('/').filter(isMeaningful));
  }
  return undefined;
}

async function kindOf(path: string): Promise<'folder' | 'link' | 'other' | 'none'> {
  const stat = await ifExists(lstat(path));
  if (stat === undefined) return 'none';
  return stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other';
}

function isMeaningful(part: string): boolean {
  return part !== '' && part !== '.';
}
