import {
  formatIndexFile,
  addToIndex,
  blobKey,
  buildcacheMediaTypes,
  emptyIndex,
  indexManifestKey,
  manifestKey,
} from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import { entryName } from '../entries/blob-records.ts';
import { readEntry } from '../entries/entry.ts';
import type { Entry, ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import { publishKeys, publishedKeys, writeLayout } from './keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { putDocument } from '../archive/plain-document.ts';
import { prefixedStore } from '../stores/prefixed-store.ts';

export interface ViewRequest {
  readonly lock: Lockfile;
  /** SHA-256 of the lock's bytes. */
  readonly lockDigest: string;
  /** How entries of the mirror must be signed to go into the view; by default they must not be. */
  readonly read?: ReadOptions;
}

/** The prefix of a lock's view, on the store of its mirror. */
export function viewPrefix(lockDigest: string): string {
  if (!/^[0-9a-f]{64}$/.test(lockDigest))
    throw mirrorError('MIRROR_KEY_INVALID', { key: lockDigest, reason: 'it is no SHA-256' });
  return `locks/${lockDigest}`;
}

/**
 * Makes `locks/<digest>/`: a mirror of its own with just this lock's packages, their signatures, an index and the
 * keys, whose blobs are not copied where the store can share them. Its index comes last; a view that has one is
 * complete and is left as it is. Gives back its prefix.
 */
export async function writeView(
  store: ObjectStore,
  { lock, lockDigest, read = { requireSignature: false } }: ViewRequest,
): Promise<string> {
  const prefix = viewPrefix(lockDigest);
  const view = prefixedStore(store, prefix);
  if ((await view.head(indexManifestKey)) !== undefined) return prefix;
  const entries = await lockEntries(store, lock, { lockDigest, read });
  for (const entry of entries) {
    for (const { checksum } of entry.manifest.data)
      await share(store, blobKey(checksum), `${prefix}/${blobKey(checksum)}`);
    await view.put(manifestKey(entry.id), Buffer.from(entry.text), { contentType: 'application/json' });
  }
  await publishKeys(view, await publishedKeys(store));
  await writeLayout(view);
  const index = entries.reduce((sum, entry) => addToIndex(sum, entry.spec.nodes), emptyIndex);
  await putDocument(view, indexManifestKey, { text: formatIndexFile(index), mediaType: buildcacheMediaTypes.index });
  return prefix;
}

async function lockEntries(
  store: ObjectStore,
  lock: Lockfile,
  options: { lockDigest: string; read: ReadOptions },
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const missing: SpecNode[] = [];
  for (const node of lock.nodes.values()) {
    if (node.external !== undefined) continue;
    const entry = await readEntry(store, node, options.read);
    if (entry === undefined) missing.push(node);
    else entries.push(entry);
  }
  if (missing.length > 0) {
    const names = missing.map(entryName).join(', ');
    throw mirrorError('MIRROR_VIEW_INCOMPLETE', { lock: options.lockDigest, store: store.url, missing: names });
  }
  return entries;
}

async function share(store: ObjectStore, source: string, target: string): Promise<void> {
  const [present, wanted] = [await store.head(target), await store.head(source)];
  if (present !== undefined && present.size === wanted?.size) return;
  if (store.copy !== undefined) {
    await store.copy(source, target);
    return;
  }
  const bytes = await store.get(source);
  if (bytes !== undefined) await store.put(target, bytes);
}
