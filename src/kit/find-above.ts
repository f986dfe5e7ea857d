import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Finds a file in a folder or in one above it, up to the top of the git repository or of the file system. Above the
 * folder, only files of this user, of root, or of the folder's owner count: others could plant one in `/tmp`.
 */
export function findAbove(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, name);
    if (existsSync(file) && (at === folder || isTrusted(file, folder))) return file;
    if (existsSync(join(at, '.git')) || dirname(at) === at) return undefined;
  }
}

function isTrusted(file: string, folder: string): boolean {
  return [0, process.getuid?.(), statSync(folder).uid].includes(statSync(file).uid);
}
