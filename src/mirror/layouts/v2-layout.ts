import { messageOf } from '../../kit/index.ts';
import {
  formatV2SpecFile,
  isClearsigned,
  parseV2SpecKey,
  readIndexFile,
  readSpecFile,
  v2Checksum,
  v2Folder,
  v2IndexKey,
  v2KeyKey,
  v2KeysKey,
  v2SpecKey,
  v2TarballKey,
  type BuildcacheName,
  type SpecFile,
} from '../../spack/index.ts';
import { fingerprintsIn, formatFingerprints, type PublishedKey } from '../catalog/keys.ts';
import { ifReadable } from '../catalog/read-index.ts';
import { checkIdentity, entryName } from '../entries/blob-records.ts';
import { payloadOf, type Entry, type ReadOptions } from '../entries/entry.ts';
import { blobRecord, putJson } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';
import { publishV2Index } from './v2-index.ts';

/** A build cache as Spack 0.19 to 0.23 write it and 1.x still reads it: spec files that name tarballs by digest. */
export function v2Layout(store: ObjectStore): MirrorLayout {
  let files: Promise<Map<string, string>> | undefined;
  const specFiles = () => (files ??= listSpecFiles(store));
  const fingerprints = async () => fingerprintsIn((await store.get(v2KeysKey))?.toString());
  const layout: MirrorLayout = {
    kind: 'v2',
    store,
    async *list() {
      // The index spares reading each file, and is trusted in nothing else.
      const index = await ifReadable(layout.index());
      for (const [hash, key] of await specFiles()) {
        const node = index?.installs.get(hash)?.spec ?? (await readNode(store, key));
        if (node !== undefined) yield { name: node.name, version: node.version, hash };
      }
    },
    read: async (id, options) => readV2Entry(store, { id, key: (await specFiles()).get(id.hash) }, options),
    tarballKey: ({ spec }) => v2TarballKey(spec.nodes),
    payload: async ({ spec, tarball }) => formatV2SpecFile(spec, tarball.sha256),
    put: async ({ spec }, text) => {
      const kinds = isClearsigned(text) ? (['signed', 'plain'] as const) : (['plain', 'signed'] as const);
      const [key = '', other = ''] = kinds.map((kind) => v2SpecKey(spec.nodes, kind));
      await putJson(store, key, text);
      // Spack looks for the signed file first: an old one would hide the new.
      if ((await store.head(other)) !== undefined) await store.remove?.(other);
      (await files)?.set(spec.nodes[0].hash, key);
    },
    index: async () => {
      const text = await store.get(v2IndexKey);
      return text && readIndexFile(text.toString());
    },
    publishIndex: (onProgress) => publishV2Index(layout, { onProgress }),
    keys: async () => {
      const keys: PublishedKey[] = [];
      for (const fingerprint of await fingerprints()) {
        const publicKey = await store.get(v2KeyKey(fingerprint));
        if (publicKey !== undefined) keys.push({ fingerprint, publicKey: publicKey.toString() });
      }
      return keys;
    },
    publishKeys: async (keys, withdrawn = []) => {
      const listed = new Set(await fingerprints());
      for (const { fingerprint, publicKey } of keys) {
        await store.put(v2KeyKey(fingerprint), Buffer.from(publicKey));
        listed.add(fingerprint);
      }
      for (const fingerprint of withdrawn) listed.delete(fingerprint);
      await putJson(store, v2KeysKey, formatFingerprints(listed));
    },
  };
  return layout;
}

async function readV2Entry(
  store: ObjectStore,
  { id, key }: { readonly id: BuildcacheName; readonly key: string | undefined },
  options: ReadOptions,
): Promise<Entry | undefined> {
  const stored = key === undefined ? undefined : await store.get(key);
  if (stored === undefined) return undefined;
  const text = stored.toString();
  const entry = entryName(id);
  const { payload, signedBy } = await payloadOf(text, entry, options);
  const { spec, checksum } = parsePayload(payload, entry);
  checkIdentity(spec, id);
  const tarballKey = v2TarballKey(spec.nodes);
  const found = await store.head(tarballKey);
  const label = { entry, part: 'tarball', digest: checksum, store: store.url };
  if (found === undefined) throw mirrorError('MIRROR_BLOB_MISSING', label);
  const tarball = { sha256: checksum, size: found.size, key: tarballKey };
  const record = blobRecord('application/vnd.spack.install.v2.tar+gzip', tarball);
  return { id, signedBy, manifest: { version: 3, data: [record] }, tarball, spec, text };
}

/** Keys of spec files by hash; name, version and hash do not determine a file's name. */
async function listSpecFiles(store: ObjectStore): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { key } of store.list(v2Folder)) {
    const parsed = parseV2SpecKey(key);
    if (parsed === undefined) continue;
    if (parsed.kind === 'signed' || !files.has(parsed.hash)) files.set(parsed.hash, key);
  }
  return files;
}

async function readNode(store: ObjectStore, key: string): Promise<BuildcacheName | undefined> {
  const text = (await store.get(key))?.toString() ?? '';
  try {
    const { payload } = await payloadOf(text, key, { requireSignature: false });
    return parsePayload(payload, key).spec.nodes[0];
  } catch {
    return undefined;
  }
}

function parsePayload(payload: string, entry: string): { spec: SpecFile; checksum: string } {
  try {
    const spec = readSpecFile(payload, { file: `${entry}.spec.json` });
    // Tarballs of layout 0 hold another archive, those of 1 no parent folders.
    if (spec.buildcacheLayoutVersion !== 2)
      throw new Error(`its layout is ${spec.buildcacheLayoutVersion ?? 0}, not 2`);
    return { spec, checksum: v2Checksum(payload) };
  } catch (error) {
    throw mirrorError('MIRROR_SPEC_INVALID', { entry, reason: messageOf(error) }, { cause: error });
  }
}
