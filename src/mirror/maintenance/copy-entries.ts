import { blobKey, manifestKey, type BuildcacheName, type Lockfile } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { publishKeys, publishedKeys, writeLayout } from '../catalog/keys.ts';
import { entryName } from '../entries/blob-records.ts';
import { readEntry, type ReadOptions } from '../entries/entry.ts';
import { putJson } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import { transferBlob } from '../layouts/transfer.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';
import { absentEntries } from './absent-entries.ts';

interface CopyOptions {
  /** How entries of the source must be signed. */
  readonly read: ReadOptions;
  /** The target's index. */
  readonly publisher: IndexPublisher;
  /** Folder for blobs on their way. */
  readonly scratch: string;
  readonly signal?: AbortSignal;
}

export interface Copied extends BuildcacheName {
  /** False if the target had just this entry already. */
  readonly isNew: boolean;
}

/** The packages of a lock that a mirror must hold; externals are on no mirror. */
export function packagesOfLock(lock: Lockfile): readonly BuildcacheName[] {
  return [...lock.nodes.values()].filter(({ external }) => external === undefined);
}

const AT_ONCE = 8;

/**
 * Copies entries with their signatures: every one is read and checked first, so that a copy that would have holes or
 * hold something wrong is not begun; blobs' bytes are checked on their way. Copying again sends nothing.
 */
export async function* copyEntries(
  from: ObjectStore,
  to: ObjectStore,
  { ids, ...options }: CopyOptions & { readonly ids: readonly BuildcacheName[] },
): AsyncIterable<Copied> {
  const absent = await absentEntries(from, ids, options.read);
  if (absent !== '') throw mirrorError('MIRROR_COPY_INCOMPLETE', { store: from.url, missing: absent });
  await writeLayout(to);
  await publishKeys(to, await publishedKeys(from));
  yield* inFlight(ids, AT_ONCE, async (id) => {
    options.signal?.throwIfAborted();
    return copyEntry({ from, to }, id, options);
  });
}

async function copyEntry(
  { from, to }: { from: ObjectStore; to: ObjectStore },
  id: BuildcacheName,
  { read, publisher, scratch }: CopyOptions,
): Promise<Copied> {
  const entry = await readEntry(from, id, read);
  if (entry === undefined) throw mirrorError('MIRROR_COPY_INCOMPLETE', { store: from.url, missing: entryName(id) });
  const key = manifestKey(entry.id);
  const isNew = (await to.get(key))?.toString() !== entry.text;
  const label = { entry: entryName(entry.id), part: 'blob' };
  for (const record of entry.manifest.data) {
    const blob = blobKey(record.checksum);
    await transferBlob({ from: { store: from, key: blob }, to: { store: to, key: blob }, record, label, scratch });
  }
  if (isNew) await putJson(to, key, entry.text);
  await publisher.add(entry.spec);
  const { name, version, hash } = entry.spec.nodes[0];
  return { name, version, hash, isNew };
}
