import { buildcacheMediaTypes, keyManifestKey, keysManifestKey, layoutKey, layoutText } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { getDocument, putDocument } from '../archive/plain-document.ts';

export interface PublishedKey {
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** ASCII-armored public key block. */
  readonly publicKey: string;
}

/**
 * Publishes the keys that entries are signed with, for `spack buildcache keys`; keys published before stay listed, but
 * for the `withdrawn` fingerprints.
 */
export async function publishKeys(
  store: ObjectStore,
  keys: readonly PublishedKey[],
  withdrawn: readonly string[] = [],
): Promise<void> {
  const listed = new Set(await publishedFingerprints(store));
  for (const { fingerprint, publicKey } of keys) {
    if (!/^[0-9A-F]{40}$/.test(fingerprint))
      throw mirrorError('MIRROR_KEY_INVALID', { key: fingerprint, reason: 'it is no fingerprint' });
    await putDocument(store, keyManifestKey(fingerprint), { text: publicKey, mediaType: buildcacheMediaTypes.key });
    listed.add(fingerprint);
  }
  for (const fingerprint of withdrawn) listed.delete(fingerprint);
  const text = JSON.stringify({
    keys: Object.fromEntries([...listed].toSorted().map((fingerprint) => [fingerprint, {}])),
  });
  await putDocument(store, keysManifestKey, { text, mediaType: buildcacheMediaTypes.keyIndex });
}

/** Fingerprints of the keys that the mirror offers. It is not a reason to trust them. */
export async function publishedFingerprints(store: ObjectStore): Promise<readonly string[]> {
  const document = await getDocument(store, keysManifestKey);
  return document === undefined ? [] : Object.keys((JSON.parse(document.text) as { keys?: object }).keys ?? {});
}

/** The keys themselves. */
export async function publishedKeys(store: ObjectStore): Promise<readonly PublishedKey[]> {
  const keys: PublishedKey[] = [];
  for (const fingerprint of await publishedFingerprints(store)) {
    const document = await getDocument(store, keyManifestKey(fingerprint));
    if (document !== undefined) keys.push({ fingerprint, publicKey: document.text });
  }
  return keys;
}

/** Marks the store as a mirror of layout v3; Spack warns about mirrors without. */
export async function writeLayout(store: ObjectStore): Promise<void> {
  if ((await store.head(layoutKey)) === undefined) {
    await store.put(layoutKey, Buffer.from(layoutText), { contentType: 'application/json' });
  }
}
