import { manifestKey } from '../../spack/index.ts';
import { entryName } from '../entries/blob-records.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Verifier } from '../verifier.ts';
import { readStatement } from './index-statement.ts';
import { presentNodes, readIndex } from './read-index.ts';

interface IndexFacts {
  readonly verifier: Verifier | undefined;
  /** Hashes of the entries that were listed before. */
  readonly listed: ReadonlySet<string>;
  /** The number of the last statement that was written. */
  readonly number: number;
}

/** Throws if the published index cannot be read, is not the one that was signed, or names entries that are not there. */
export async function checkIndex(store: ObjectStore, { verifier, listed, number }: IndexFacts): Promise<void> {
  const index = await readIndex(store);
  if (index === undefined && listed.size > 0)
    throw mirrorError('MIRROR_INDEX_MISSING', { store: store.url, count: listed.size });
  const statement = verifier && (await readStatement(store, verifier));
  const isOther = statement === undefined ? number > 0 : statement.number < number || statement.index !== index?.digest;
  if (verifier !== undefined && isOther) throw mirrorError('MIRROR_INDEX_REPLACED', { store: store.url, number });
  if (index === undefined) return;
  const absent: string[] = [];
  for (const node of presentNodes(index.file))
    // A package that was pushed after the listing is on the mirror, but not in the list.
    if (!listed.has(node.hash) && (await store.head(manifestKey(node))) === undefined) absent.push(entryName(node));
  const [entry] = absent;
  if (entry !== undefined)
    throw mirrorError('MIRROR_ENTRIES_ABSENT', { store: store.url, count: absent.length, entry });
}
