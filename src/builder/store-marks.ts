import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../kit/index.ts';

/**
 * Marks the complete packages of a store, each by an empty file there. A prefix without a mark may be left from an
 * interrupted build. Jobs that share a store may use it at once.
 */
export function storeMarks(store: string) {
  const folder = join(store, '.slipway');
  const file = (hash: string) => join(folder, hash);
  return {
    has: (hash: string) => exists(file(hash)),
    async add(hash: string) {
      await mkdir(folder, { recursive: true });
      await writeFile(file(hash), '');
    },
    remove: (hash: string) => rm(file(hash), { force: true }),
  };
}
