import type { BuildcacheName } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { readEntry, type Entry, type ReadOptions } from './entry.ts';

/** Reads the entries of packages, each from the first store that has it; by DAG hash. */
export async function readEntries(
  stores: readonly ObjectStore[],
  ids: Iterable<BuildcacheName>,
  read: ReadOptions,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const id of ids) {
    for (const store of stores) {
      const entry = await readEntry(store, id, read);
      if (entry === undefined) continue;
      entries.set(id.hash, entry);
      break;
    }
  }
  return entries;
}
