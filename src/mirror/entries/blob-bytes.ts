import { createHash } from 'node:crypto';
import { hasCode } from '../../kit/index.ts';
import { blobKey } from '../../spack/index.ts';
import { checkDigest, checkSize, type BlobPlace, type ExpectedBlob } from './blob-records.ts';
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

/**
 * Runs what reads a tarball. When the archive turns out broken, its bytes are read once more, to tell a damaged or
 * altered blob from one that was broken when it was packed.
 */
export async function blamingBytes<T>(
  blob: { store: ObjectStore; record: ExpectedBlob; place: BlobPlace; key?: string },
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { store, record, place, key } = blob;
    const found = hasCode(error, 'MIRROR_ARCHIVE_BROKEN') ? await digestBlob(store, record.checksum, key) : undefined;
    if (found !== undefined) {
      checkSize(record, found.size, place);
      checkDigest(record, found.sha256, place);
    }
    throw error;
  }
}
