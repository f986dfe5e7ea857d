import { messageOf } from '../../kit/index.ts';
import { indexManifestKey, manifestKey, type IndexEntry } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { IndexRecord } from './index-record.ts';
import type { IndexRows } from './index-rows.ts';
import { readIndex } from './read-index.ts';

interface OwnRecord {
  readonly rows: IndexRows;
  readonly record: IndexRecord;
}

/** Adopts an index that another writer has published since; call it in the writers' turn. */
export async function adoptIndex(store: ObjectStore, { rows, record }: OwnRecord): Promise<void> {
  const stored = await store.get(indexManifestKey);
  const own = rows.fact('published');
  if (stored === undefined || (own !== undefined && stored.includes(own))) return;
  try {
    const { file, digest } = (await readIndex(store))!;
    const entries = [...file.installs.values()];
    record.adopt(own === undefined ? entries : await existing(entries, store, rows.present()), digest);
  } catch (cause) {
    const details = { store: store.url, reason: messageOf(cause) };
    if (own === undefined) throw mirrorError('MIRROR_INDEX_INVALID', details, { cause });
    rows.setFact('stale', '1'); // ours stands in the record; it is published again
  }
}

/** Drops what only a foreign index names and the mirror lacks: the index could be an older one. */
async function existing(
  entries: readonly IndexEntry[],
  store: ObjectStore,
  known: ReadonlySet<string>,
): Promise<readonly IndexEntry[]> {
  const kept: IndexEntry[] = [];
  for (const entry of entries) {
    if (!entry.in_buildcache || known.has(entry.spec.hash)) continue;
    if ((await store.head(manifestKey(entry.spec))) !== undefined) kept.push(entry);
  }
  return kept;
}
