import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Records which packages of a store are complete. A prefix without a mark may be what an interrupted build left. */
interface StoreMarks {
  has(hash: string): Promise<boolean>;
  add(hash: string): Promise<void>;
  remove(hash: string): Promise<void>;
}

/** Keeps one empty file per package in the store itself. Jobs that share a store may use it at once. */
export function storeMarks(store: string): StoreMarks {
  const folder = join(store, '.slipway');
  const file = (hash: string) => join(folder, hash);
  return {
    has: (hash) => pathExists(file(hash)),
    async add(hash) {
      await mkdir(folder, { recursive: true });
      await writeFile(file(hash), '');
    },
    remove: (hash) => rm(file(hash), { force: true }),
  };
}

export async function pathExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
