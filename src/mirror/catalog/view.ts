import {
  blobKey,
  buildcacheMediaTypes,
  indexManifestKey,
  manifestKey,
  type BuildcacheName,
  type Lockfile,
} from '../../spack/index.ts';
import { sha256, systemClock, timestamp, type Clock } from '../../kit/index.ts';
import { putDocument } from '../archive/plain-document.ts';
import { readEntry, type Entry, type ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { prefixedStore } from '../stores/prefixed-store.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import { refuseAbsent } from '../maintenance/refuse-absent.ts';
import { IndexRecord, type RecordedEntry } from './index-record.ts';
import { IndexRows } from './index-rows.ts';
import { writeStatement, type SignText } from './index-statement.ts';
import { indexPieces, indexTail } from './index-text.ts';
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
 * complete and is left as it is. Gives back its prefix.
 */
export async function writeView(store: ObjectStore, { lock, lockDigest, ...options }: ViewRequest): Promise<string> {
  const prefix = viewPrefix(lockDigest);
  if ((await store.head(`${prefix}/${indexManifestKey}`)) !== undefined) return prefix;
  const ids = [...lock.nodes.values()].filter(({ external }) => external === undefined);
  await writeShare(store, { prefix, ids, missing: 'MIRROR_VIEW_INCOMPLETE', lock: lockDigest, ...options });
  return prefix;
}

/**
 * Makes `snapshots/<name>/`: a mirror of its own with everything that the mirror holds now, which later pruning leaves
 * alone. One of this name that is complete is left as it is. Gives back its prefix.
 */
export async function writeSnapshot(
  store: ObjectStore,
  { name, ...options }: ViewOptions & { readonly name: string },
): Promise<string> {
  if (!/^[\w][\w.+-]{0,99}$/.test(name))
    throw mirrorError('MIRROR_KEY_INVALID', { key: name, reason: 'a snapshot’s name has letters, digits and `._+-`' });
  const prefix = `snapshots/${name}`;
  if ((await store.head(`${prefix}/${indexManifestKey}`)) !== undefined) return prefix;
  const ids: BuildcacheName[] = [];
  for await (const id of listEntries(store)) ids.push(id);
  await writeShare(store, { prefix, ids, missing: 'MIRROR_COPY_INCOMPLETE', lock: '', ...options });
  return prefix;
}

interface Share extends ViewOptions {
  readonly prefix: string;
  readonly ids: readonly BuildcacheName[];
  readonly missing: 'MIRROR_VIEW_INCOMPLETE' | 'MIRROR_COPY_INCOMPLETE';
  readonly lock: string;
}

const AT_ONCE = 8;

async function writeShare(store: ObjectStore, share: Share): Promise<void> {
  const view = prefixedStore(store, share.prefix);
  const { ids, missing, lock, read = { requireSignature: false } } = share;
  // A view that would have holes, or hold something wrong, is not begun.
  await refuseAbsent(store, ids, { read, missing, lock });
  const rows = new IndexRows();
  const record = new IndexRecord(rows);
  const shareOne = async (id: BuildcacheName): Promise<RecordedEntry> => {
    const entry = (await readEntry(store, id, read)) as Entry;
    for (const { checksum } of entry.manifest.data)
      await shareBlob(store, blobKey(checksum), `${share.prefix}/${blobKey(checksum)}`);
    await view.put(manifestKey(entry.id), Buffer.from(entry.text), { contentType: 'application/json' });
    return { nodes: entry.spec.nodes, manifest: sha256(entry.text) };
  };
  for await (const recorded of inFlight(ids, AT_ONCE, shareOne)) record.add(recorded);
  await publishKeys(view, await publishedKeys(store));
  await writeLayout(view);
  const text = [...indexPieces(rows)].map((piece) => piece.text).join('') + indexTail;
  if (share.sign !== undefined) {
    const at = timestamp(share.clock ?? systemClock);
    const content = { index: sha256(text), entries: record.entriesDigest(), count: record.count(), number: 1, at };
    await writeStatement(view, { sign: share.sign, ...content });
  }
  rows.close();
  await putDocument(view, indexManifestKey, { text, mediaType: buildcacheMediaTypes.index });
}

async function shareBlob(store: ObjectStore, source: string, target: string): Promise<void> {
  const [present, wanted] = [await store.head(target), await store.head(source)];
  if (present !== undefined && present.size === wanted?.size) return;
  if (store.copy !== undefined) {
    await store.copy(source, target);
    return;
  }
  const bytes = await store.get(source);
  if (bytes !== undefined) await store.put(target, bytes);
}
