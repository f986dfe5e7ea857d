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
  type IndexFile,
  type SpecFile,
} from '../../spack/index.ts';
import { fingerprintsIn, formatFingerprints, type PublishedKey } from '../catalog/keys.ts';
import { ifReadable } from '../catalog/read-index.ts';
import { checkIdentity, entryName } from '../entries/blob-records.ts';
import { payloadOf, type Entry, type ReadOptions } from '../entries/entry.ts';
import { blobRecord, putJson } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout, NewEntry } from './layout.ts';
import { publishV2Index } from './v2-index.ts';

/** What Spack's 0.19 to 0.23 write and 1.x still reads: a spec file that names a tarball by its digest. */
export function v2Layout(store: ObjectStore): MirrorLayout {
  return new V2Layout(store);
}

class V2Layout implements MirrorLayout {
  readonly kind = 'v2';
  readonly store: ObjectStore;
  /** Spec files by hash; name, version and hash do not determine a file's name. */
  #files: Promise<Map<string, string>> | undefined;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  async *list(): AsyncIterable<BuildcacheName> {
    // The index spares reading each file, and is trusted in nothing else.
    const index = await ifReadable(this.index());
    for (const [hash, key] of await this.#specFiles()) {
      const node = index?.installs.get(hash)?.spec ?? (await this.#nodeIn(key));
      if (node !== undefined) yield { name: node.name, version: node.version, hash };
    }
  }

  async read(id: BuildcacheName, options: ReadOptions): Promise<Entry | undefined> {
    const key = (await this.#specFiles()).get(id.hash);
    const stored = key === undefined ? undefined : await this.store.get(key);
    if (stored === undefined) return undefined;
    const text = stored.toString();
    const entry = entryName(id);
    const { payload, signedBy } = await payloadOf(text, entry, options);
    const { spec, checksum } = parsePayload(payload, entry);
    checkIdentity(spec, id);
    const tarballKey = v2TarballKey(spec.nodes);
    const found = await this.store.head(tarballKey);
    const label = { entry, part: 'tarball', digest: checksum, store: this.store.url };
    if (found === undefined) throw mirrorError('MIRROR_BLOB_MISSING', label);
    const tarball = { sha256: checksum, size: found.size, key: tarballKey };
    const record = blobRecord('application/vnd.spack.install.v2.tar+gzip', tarball);
    return { id, signedBy, manifest: { version: 3, data: [record] }, tarball, spec, text };
  }

  tarballKey({ spec }: Pick<NewEntry, 'spec'>): string {
    return v2TarballKey(spec.nodes);
  }

  async payload({ spec, tarball }: NewEntry): Promise<string> {
    return formatV2SpecFile(spec, tarball.sha256);
  }

  async put({ spec }: NewEntry, text: string): Promise<void> {
    const kinds = isClearsigned(text) ? (['signed', 'plain'] as const) : (['plain', 'signed'] as const);
    const [key = '', other = ''] = kinds.map((kind) => v2SpecKey(spec.nodes, kind));
    await putJson(this.store, key, text);
    // Spack looks for the signed file first: an old one would hide the new.
    if ((await this.store.head(other)) !== undefined) await this.store.remove?.(other);
    (await this.#files)?.set(spec.nodes[0].hash, key);
  }

  async index(): Promise<IndexFile | undefined> {
    const text = await this.store.get(v2IndexKey);
    return text && readIndexFile(text.toString());
  }

  publishIndex(): Promise<void> {
    return publishV2Index(this);
  }

  async keys(): Promise<readonly PublishedKey[]> {
    const keys: PublishedKey[] = [];
    for (const fingerprint of await this.#fingerprints()) {
      const publicKey = await this.store.get(v2KeyKey(fingerprint));
      if (publicKey !== undefined) keys.push({ fingerprint, publicKey: publicKey.toString() });
    }
    return keys;
  }

  async publishKeys(keys: readonly PublishedKey[], withdrawn: readonly string[] = []): Promise<void> {
    const listed = new Set(await this.#fingerprints());
    for (const { fingerprint, publicKey } of keys) {
      await this.store.put(v2KeyKey(fingerprint), Buffer.from(publicKey));
      listed.add(fingerprint);
    }
    for (const fingerprint of withdrawn) listed.delete(fingerprint);
    await putJson(this.store, v2KeysKey, formatFingerprints(listed));
  }

  async #fingerprints(): Promise<readonly string[]> {
    return fingerprintsIn((await this.store.get(v2KeysKey))?.toString());
  }

  #specFiles(): Promise<Map<string, string>> {
    this.#files ??= (async () => {
      const files = new Map<string, string>();
      for await (const { key } of this.store.list(v2Folder)) {
        const parsed = parseV2SpecKey(key);
        if (parsed === undefined) continue;
        if (parsed.kind === 'signed' || !files.has(parsed.hash)) files.set(parsed.hash, key);
      }
      return files;
    })();
    return this.#files;
  }

  async #nodeIn(key: string): Promise<BuildcacheName | undefined> {
    const text = (await this.store.get(key))?.toString() ?? '';
    try {
      const { payload } = await payloadOf(text, key, { requireSignature: false });
      return parsePayload(payload, key).spec.nodes[0];
    } catch {
      return undefined;
    }
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
