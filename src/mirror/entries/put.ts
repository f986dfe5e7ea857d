import { blobKey, type BlobRecord } from '../../spack/index.ts';
import type { ObjectBody, ObjectStore } from '../stores/object-store.ts';
import { isCountedOn } from './blob-age.ts';

/**
 * Puts a blob under the name that its digest gives, unless one of the same size is there and young enough to be counted
 * on.
 */
export async function putBlob(store: ObjectStore, digest: string, body: ObjectBody): Promise<void> {
  const size = body instanceof Uint8Array ? body.length : body.size;
  if (!isCountedOn(await store.head(blobKey(digest)), size)) await store.put(blobKey(digest), body);
}

/** Puts a JSON document, which may be clearsigned. */
export async function putJson(store: ObjectStore, key: string, text: string): Promise<void> {
  await store.put(key, Buffer.from(text), { contentType: 'application/json' });
}

/** Describes a blob as the manifests of a build cache do. */
export function blobRecord(
  mediaType: string,
  { sha256, size }: { readonly sha256: string; readonly size: number },
  compression: BlobRecord['compression'] = 'gzip',
): BlobRecord {
  return { contentLength: size, mediaType, compression, checksumAlgorithm: 'sha256', checksum: sha256 };
}
