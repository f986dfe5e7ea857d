import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { hasCode } from '../../kit/index.ts';
import { blobKey } from '../../spack/index.ts';
import { checkBlob, type BlobLabel, type ExpectedBlob } from './blob-records.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/** SHA-256 and size of a blob's bytes, read as a stream; undefined if there is no such blob. */
export async function digestBlob(
  store: ObjectStore,
  digest: string,
  key: string = blobKey(digest),
): Promise<{ sha256: string; size: number } | undefined> {
  const source = await store.open(key);
  if (source === undefined) return undefined;
  const hash = createHash('sha256');
  let size = 0;
  // Half the time that a pipeline of streams takes: see `bench/mirror`.
  for await (const chunk of source as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}

interface LabelledBlob {
  readonly store: ObjectStore;
  readonly record: ExpectedBlob;
  readonly label: BlobLabel;
  /** By default that of the digest. */
  readonly key?: string;
}

/** Opens a blob. Throws MIRROR_BLOB_MISSING if it is absent. */
export async function openBlob({ store, record, label, key }: LabelledBlob): Promise<Readable> {
  const source = await store.open(key ?? blobKey(record.checksum));
  if (source !== undefined) return source;
  throw mirrorError('MIRROR_BLOB_MISSING', { ...label, digest: record.checksum, store: store.url });
}

/**
 * Runs what reads a tarball. If the archive is broken, reads its bytes once more, to distinguish a damaged or altered
 * blob from one that was broken when it was packed.
 */
export async function blamingBytes<T>(blob: LabelledBlob, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { store, record, label, key } = blob;
    const found = hasCode(error, 'MIRROR_ARCHIVE_BROKEN') ? await digestBlob(store, record.checksum, key) : undefined;
    if (found !== undefined) checkBlob(record, found, label);
    throw error;
  }
}
