import { pipeline } from 'node:stream/promises';
import { digestStream, hasCode } from '../../kit/index.ts';
import { blobKey } from '../../spack/index.ts';
import { checkDigest, checkSize } from './blob-records.ts';
import type { BlobPlace, ExpectedBlob } from './blob-records.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/** SHA-256 and size of a blob's bytes, read as a stream; undefined if there is no such blob. */
export async function digestBlob(
  store: ObjectStore,
  digest: string,
): Promise<{ sha256: string; size: number } | undefined> {
  const source = await store.open(blobKey(digest));
  if (source === undefined) return undefined;
  const meter = digestStream();
  await pipeline(source, meter, async (bytes) => {
    for await (const _ of bytes);
  });
  return meter.result();
}

/**
 * Runs what reads a tarball. When the archive turns out broken, its bytes are read once more, to tell a damaged or
 * altered blob from one that was broken when it was packed.
 */
export async function blamingBytes<T>(
  blob: { store: ObjectStore; record: ExpectedBlob; place: BlobPlace },
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { store, record, place } = blob;
    const found = hasCode(error, 'MIRROR_ARCHIVE_BROKEN') ? await digestBlob(store, record.checksum) : undefined;
    if (found !== undefined) {
      checkSize(record, found.size, place);
      checkDigest(record, found.sha256, place);
    }
    throw error;
  }
}
