import { messageOf } from '../../kit/index.ts';
import { keysManifestKey, layoutKey, parseManifest } from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { finding, type MirrorFinding } from './finding.ts';

const KEYS = keysManifestKey.slice(0, keysManifestKey.lastIndexOf('/') + 1);

/** Layout and keys, and which blobs these and all indexes name. */
export async function verifyDocuments(
  store: ObjectStore,
): Promise<{ readonly findings: readonly MirrorFinding[]; readonly blobs: readonly string[] }> {
  const findings: MirrorFinding[] = [];
  const blobs: string[] = [];
  if ((await store.head(layoutKey)) === undefined)
    findings.push(finding('layout-missing', layoutKey, { message: `There is no \`${layoutKey}\`` }));
  for await (const { key } of store.list('v3/manifests/index/')) blobs.push(...(await namedBlobs(store, key)));
  for await (const { key } of store.list(KEYS)) {
    blobs.push(...(await namedBlobs(store, key)));
    try {
      await getDocument(store, key);
    } catch (error) {
      findings.push(finding('key-damaged', key, { message: `\`${key}\` cannot be read: ${messageOf(error)}` }));
    }
  }
  return { findings, blobs };
}

/** Digests that a manifest names, even one that is not valid: its blobs are not garbage until it is gone. */
export async function namedBlobs(store: ObjectStore, key: string): Promise<readonly string[]> {
  const text = (await store.get(key))?.toString() ?? '';
  try {
    return parseManifest(text).data.map((record) => record.checksum);
  } catch {
    return [...text.matchAll(/"checksum":\s*"([0-9a-f]{64})"/g)].map((match) => match[1] as string);
  }
}
