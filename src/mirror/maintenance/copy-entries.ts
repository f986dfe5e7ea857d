import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestStream } from '../../kit/index.ts';
import { blobKey, manifestKey, type BlobRecord, type BuildcacheName, type Lockfile } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { publishKeys, publishedKeys, writeLayout } from '../catalog/keys.ts';
import { isCountedOn } from '../entries/blob-age.ts';
import { digestBlob } from '../entries/blob-bytes.ts';
import { checkDigest, checkSize, entryName } from '../entries/blob-records.ts';
import { readEntry, type Entry, type ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';
import { refuseAbsent } from './refuse-absent.ts';

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
  await refuseAbsent(from, ids, { read: options.read, missing: 'MIRROR_COPY_INCOMPLETE' });
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
  for (const record of entry.manifest.data) await copyBlob({ from, to, record }, entry, scratch);
  if (isNew) await to.put(key, Buffer.from(entry.text), { contentType: 'application/json' });
  await publisher.add(entry.spec);
  const { name, version, hash } = entry.spec.nodes[0];
  return { name, version, hash, isNew };
}

async function copyBlob(
  { from, to, record }: { from: ObjectStore; to: ObjectStore; record: BlobRecord },
  entry: Entry,
  scratch: string,
): Promise<void> {
  const key = blobKey(record.checksum);
  if (isCountedOn(await to.head(key), record.contentLength)) return;
  const place = { entry: entryName(entry.id), part: 'blob' };
  const missing = () => mirrorError('MIRROR_BLOB_MISSING', { ...place, digest: record.checksum, store: from.url });
  if (to.adopt !== undefined) {
    const found = await digestBlob(from, record.checksum);
    if (found === undefined) throw missing();
    checkDigest(record, found.sha256, place);
    if (await to.adopt(from, key, key)) return;
  }
  const source = await from.open(key);
  if (source === undefined) throw missing();
  // Two entries can name one blob, and be on their way at once.
  const file = join(scratch, randomUUID());
  const meter = digestStream();
  try {
    await pipeline(source, meter, createWriteStream(file));
    const { sha256, size } = meter.result();
    checkSize(record, size, place);
    checkDigest(record, sha256, place);
    await to.put(key, { file, size });
  } finally {
    await rm(file, { force: true });
  }
}
