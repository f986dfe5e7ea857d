import type { BuildcacheName } from '../../spack/index.ts';
import { entryName } from '../entries/blob-records.ts';
import { readEntry, type ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';

const AT_ONCE = 16;

/**
 * Reads entries, none of which is kept; throws what is wrong with one, or the given error that names all that are
 * absent.
 */
export async function refuseAbsent(
  store: ObjectStore,
  ids: readonly BuildcacheName[],
  { read, missing, lock = '' }: RefuseOptions,
): Promise<void> {
  const absent: string[] = [];
  const look = async (id: BuildcacheName) => ((await readEntry(store, id, read)) === undefined ? id : undefined);
  for await (const id of inFlight(ids, AT_ONCE, look)) if (id !== undefined) absent.push(entryName(id));
  if (absent.length > 0) throw mirrorError(missing, { lock, store: store.url, missing: absent.join(', ') });
}

interface RefuseOptions {
  readonly read: ReadOptions;
  readonly missing: 'MIRROR_VIEW_INCOMPLETE' | 'MIRROR_COPY_INCOMPLETE';
  /** Digest of the lock, for the message. */
  readonly lock?: string;
}
