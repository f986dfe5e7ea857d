import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { V2Mirror, type StackMirror } from '../../src/coordinator/index.ts';
import {
  IndexPublisher,
  PackageCatalog,
  folderStore,
  prefixedStore,
  writeLayout,
  type ObjectStore,
} from '../../src/mirror/index.ts';

/** A stack's mirror in a folder, with indexes in memory. */
export function labMirror(
  path: string,
  read: ConstructorParameters<typeof IndexPublisher>[1],
  layouts: readonly string[],
): StackMirror {
  const whole = folderStore(path, { durable: false });
  const root = (prefix: string): ObjectStore => (prefix === '' ? whole : prefixedStore(whole, prefix));
  const publishers = new Map([['', new IndexPublisher(whole, read)]]);
  const catalogs = new Map<string, PackageCatalog>();
  const v2Mirrors = new Map<string, V2Mirror>();
  const mirror: StackMirror = {
    whole,
    root,
    publisher: (prefix) => {
      const known = publishers.get(prefix) ?? new IndexPublisher(root(prefix));
      publishers.set(prefix, known);
      return known;
    },
    catalog: (prefix) => {
      const known = catalogs.get(prefix) ?? new PackageCatalog(mirror.publisher(prefix));
      catalogs.set(prefix, known);
      return known;
    },
    v2: (prefix) => {
      if (!layouts.includes('v2')) return undefined;
      const known = v2Mirrors.get(prefix) ?? new V2Mirror(root(prefix), mirror.publisher(prefix));
      v2Mirrors.set(prefix, known);
      return known;
    },
    prepare: (prefix) => writeLayout(root(prefix)),
    removeRequest: async (number) => {
      publishers.delete(`pr/${number}`);
      catalogs.delete(`pr/${number}`);
      await rm(join(path, 'pr', number), { recursive: true, force: true });
    },
  };
  return mirror;
}
