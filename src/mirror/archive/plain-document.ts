import { sha256 } from '../../kit/index.ts';
import { blobKey, formatManifest, parseManifest, type BlobRecord } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { putBlob } from '../entries/push.ts';

/**
 * Writes a document that is not a package (index, key, list of keys): the blob as it is, then its unsigned manifest.
 */
export async function putDocument(
  store: ObjectStore,
  key: string,
  document: { text: string; mediaType: string },
): Promise<BlobRecord> {
  const bytes = Buffer.from(document.text);
  const record: BlobRecord = {
    contentLength: bytes.length,
    mediaType: document.mediaType,
    compression: 'none',
    checksumAlgorithm: 'sha256',
    checksum: sha256(bytes),
  };
  await putBlob(store, record.checksum, bytes);
  const manifest = formatManifest({ version: 3, data: [record] });
  await store.put(key, Buffer.from(manifest), { contentType: 'application/json' });
  return record;
}

/** Reads such a document; undefined if there is none. Throws a plain Error that says what is wrong. */
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
