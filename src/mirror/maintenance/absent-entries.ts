import type { BuildcacheName } from '../../spack/index.ts';
import { entryName } from '../entries/blob-records.ts';
import { readEntry, type ReadOptions } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';

const AT_ONCE = 16;

/** Reads entries and keeps none; throws if one is wrong. Returns the names of those that are absent, with commas. */
export async function absentEntries(
  store: ObjectStore,
  ids: readonly BuildcacheName[],
  read: ReadOptions,
): Promise<string> {
  const absent: string[] = [];
  const look = async (id: BuildcacheName) => ((await readEntry(store, id, read)) === undefined ? [entryName(id)] : []);
  for await (const names of inFlight(ids, AT_ONCE, look)) absent.push(...names);
  return absent.join(', ');
}
