import { sha256, systemClock, timestamp, type Clock, type SlipwayError } from '../../kit/index.ts';
import {
  blobKey,
  buildcacheMediaTypes,
  indexManifestKey,
  manifestKey,
  type BuildcacheName,
  type Lockfile,
} from '../../spack/index.ts';
import { putDocument } from '../archive/plain-document.ts';
import { readEntry, type Entry, type ReadOptions } from '../entries/entry.ts';
import { putJson } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import { absentEntries } from '../maintenance/absent-entries.ts';
import { packagesOfLock } from '../maintenance/copy-entries.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { prefixedStore } from '../stores/prefixed-store.ts';
import { IndexRecord, type RecordedEntry } from './index-record.ts';
import { IndexRows } from './index-rows.ts';
import { writeStatement, type SignText } from './index-statement.ts';
import { indexText } from './index-text.ts';
import { publishKeys, publishedKeys, writeLayout } from './keys.ts';
import { listEntries } from './list.ts';

interface ViewOptions {
  /** How entries of the mirror must be signed to go into the view; by default they need not be. */
  readonly read?: ReadOptions;
  /** Signs a statement on the view's index; without, its entries alone are signed. */
  readonly sign?: SignText;
  readonly clock?: Clock;
}

interface ViewRequest extends ViewOptions {
  readonly lock: Lockfile;
  /** SHA-256 of the lock's bytes. */
  readonly lockDigest: string;
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
 * complete and is left as it is. Returns its prefix.
 */
export async function writeView(store: ObjectStore, { lock, lockDigest, ...options }: ViewRequest): Promise<string> {
  return writeShare(store, {
    prefix: viewPrefix(lockDigest),
    list: async () => packagesOfLock(lock),
    refuse: (missing) => mirrorError('MIRROR_VIEW_INCOMPLETE', { lock: lockDigest, store: store.url, missing }),
    ...options,
  });
}

/**
 * Makes `snapshots/<name>/`: a mirror of its own with everything that the mirror holds now, which later pruning leaves
 * alone. One of this name that is complete is left as it is. Returns its prefix.
 */
export async function writeSnapshot(
  store: ObjectStore,
  { name, ...options }: ViewOptions & { readonly name: string },
): Promise<string> {
  if (!/^[\w][\w.+-]{0,99}$/.test(name))
    throw mirrorError('MIRROR_KEY_INVALID', { key: name, reason: 'a snapshot’s name has letters, digits and `._+-`' });
  return writeShare(store, {
    prefix: `snapshots/${name}`,
    list: async () => {
      const ids: BuildcacheName[] = [];
      for await (const id of listEntries(store)) ids.push(id);
      return ids;
    },
    refuse: (missing) => mirrorError('MIRROR_COPY_INCOMPLETE', { store: store.url, missing }),
    ...options,
  });
}

interface Share extends ViewOptions {
  readonly prefix: string;
  list(): Promise<readonly BuildcacheName[]>;
  refuse(missing: string): SlipwayError;
}

const AT_ONCE = 8;

async function writeShare(store: ObjectStore, share: Share): Promise<string> {
  const { prefix, read = { requireSignature: false } } = share;
  const view = prefixedStore(store, prefix);
  if ((await view.head(indexManifestKey)) !== undefined) return prefix;
  const ids = await share.list();
  // A view that would have holes, or hold something wrong, is not begun.
  const absent = await absentEntries(store, ids, read);
  if (absent !== '') throw share.refuse(absent);
  const rows = new IndexRows();
  const record = new IndexRecord(rows);
  const shareOne = async (id: BuildcacheName): Promise<RecordedEntry> => {
    const entry = (await readEntry(store, id, read)) as Entry;
    for (const { checksum } of entry.manifest.data)
      await shareBlob(store, blobKey(checksum), `${prefix}/${blobKey(checksum)}`);
    await putJson(view, manifestKey(entry.id), entry.text);
    return { nodes: entry.spec.nodes, manifest: sha256(entry.text) };
  };
  for await (const recorded of inFlight(ids, AT_ONCE, shareOne)) record.add(recorded);
  await publishKeys(view, await publishedKeys(store));
  await writeLayout(view);
  const text = indexText(rows);
  if (share.sign !== undefined) {
    const at = timestamp(share.clock ?? systemClock);
    const content = { index: sha256(text), entries: record.entriesDigest(), count: record.count(), number: 1, at };
    await writeStatement(view, { sign: share.sign, ...content });
  }
  rows.close();
  await putDocument(view, indexManifestKey, { text, mediaType: buildcacheMediaTypes.index });
  return prefix;
}

async function shareBlob(store: ObjectStore, source: string, target: string): Promise<void> {
  const [present, expected] = [await store.head(target), await store.head(source)];
  if (present !== undefined && present.size === expected?.size) return;
  if (store.copy !== undefined) {
    await store.copy(source, target);
    return;
  }
  const bytes = await store.get(source);
  if (bytes !== undefined) await store.put(target, bytes);
}
