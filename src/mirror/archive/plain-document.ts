import { sha256 } from '../../kit/index.ts';
import { blobKey, formatManifest, parseManifest, type BlobRecord } from '../../spack/index.ts';
import { blobRecord, putBlob, putJson } from '../entries/put.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/**
 * Writes a document that is not a package (index, key, list of keys): the blob as it is, then its unsigned manifest.
 */
export async function putDocument(
  store: ObjectStore,
  key: string,
  { text, mediaType }: { readonly text: string; readonly mediaType: string },
): Promise<void> {
  const bytes = Buffer.from(text);
  const record = blobRecord(mediaType, { sha256: sha256(bytes), size: bytes.length }, 'none');
  await putBlob(store, record.checksum, bytes);
  await putJson(store, key, formatManifest({ version: 3, data: [record] }));
}

/** Reads such a document; undefined if there is none. Throws a plain Error if it is damaged. */
export async function getDocument(
  store: ObjectStore,
  key: string,
): Promise<{ text: string; record: BlobRecord } | undefined> {
  const stored = await store.get(key);
  if (stored === undefined) return undefined;
  const [record] = parseManifest(stored.toString()).data;
  if (record === undefined) throw new Error('its manifest names no blob');
  const bytes = await store.get(blobKey(record.checksum));
  if (bytes === undefined) throw new Error(`blob ${record.checksum} is missing`);
  if (sha256(bytes) !== record.checksum) throw new Error(`blob ${record.checksum} has other content`);
  return { text: bytes.toString(), record };
}
