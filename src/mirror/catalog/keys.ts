import { buildcacheMediaTypes, keyManifestKey, keysManifestKey, layoutKey, layoutText } from '../../spack/index.ts';
import { putJson } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { getDocument, putDocument } from '../archive/plain-document.ts';

export interface PublishedKey {
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** ASCII-armored public key block. */
  readonly publicKey: string;
}

const FINGERPRINT = /^[0-9A-F]{40}$/;

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
    if (!FINGERPRINT.test(fingerprint))
      throw mirrorError('MIRROR_KEY_INVALID', { key: fingerprint, reason: 'it is no fingerprint' });
    await putDocument(store, keyManifestKey(fingerprint), { text: publicKey, mediaType: buildcacheMediaTypes.key });
    listed.add(fingerprint);
  }
  for (const fingerprint of withdrawn) listed.delete(fingerprint);
  const text = formatFingerprints(listed);
  await putDocument(store, keysManifestKey, { text, mediaType: buildcacheMediaTypes.keyIndex });
}

/** Fingerprints of the keys that the mirror offers. It is not a reason to trust them. */
export async function publishedFingerprints(store: ObjectStore): Promise<readonly string[]> {
  return fingerprintsIn((await getDocument(store, keysManifestKey))?.text);
}

/** Formats a list of keys as Spack does. */
export function formatFingerprints(fingerprints: Iterable<string>): string {
  return JSON.stringify({ keys: Object.fromEntries([...fingerprints].toSorted().map((one) => [one, {}])) });
}

/** Reads the fingerprints of such a list. */
export function fingerprintsIn(text = '{}'): readonly string[] {
  const { keys = {} } = JSON.parse(text) as { keys?: object };
  return Object.keys(keys).filter((one) => FINGERPRINT.test(one));
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
  if ((await store.head(layoutKey)) === undefined) await putJson(store, layoutKey, layoutText);
}
