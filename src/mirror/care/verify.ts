import { messageOf } from '../../kit/index.ts';
import {
  dependenciesOf,
  indexManifestKey,
  keysManifestKey,
  parseBlobKey,
  parseManifest,
  readIndexFile,
} from '../../spack/index.ts';
import { digestBlob } from '../entries/blob-bytes.ts';
import { entryName } from '../entries/blob-records.ts';
import { checkEntry } from '../entries/entry.ts';
import type { Entry, ReadOptions } from '../entries/entry.ts';
import { listEntries } from '../catalog/list.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { getDocument } from '../archive/plain-document.ts';

export type FindingKind =
  | 'ok'
  | 'entry-invalid'
  | 'tarball-damaged'
  | 'dependency-missing'
  | 'not-in-index'
  | 'index-names-absent'
  | 'index-unreadable'
  | 'blob-unused';

export interface MirrorFinding {
  readonly kind: FindingKind;
  /** `name-version-hash`, a blob's digest, or `index`. */
  readonly entry: string;
  readonly message: string;
  /** What mends it; empty if nothing has to be. */
  readonly remedy: string;
}

export interface VerifyOptions extends ReadOptions {
  /** Also read and hash every tarball (default). */
  readonly readTarballs?: boolean;
}

/** Looks at everything on a mirror, and tells for each entry and each fault what it is and how it is mended. */
export async function* verifyMirror(store: ObjectStore, options: VerifyOptions): AsyncIterable<MirrorFinding> {
  const entries = new Map<string, Entry>();
  const used = new Set(await documentBlobs(store));
  for await (const id of listEntries(store)) {
    const checked = await checkEntry(store, id, options);
    if (checked.state === 'absent') continue;
    for (const digest of await namedBlobs(store, id.key)) used.add(digest);
    if (checked.state === 'invalid')
      yield finding('entry-invalid', entryName(id), `${checked.reason} [${checked.code}]`);
    else entries.set(id.hash, checked.entry);
  }
  for (const entry of entries.values()) yield* verifyEntry(store, entry, { entries, options });
  yield* verifyIndex(store, entries);
  for await (const { key } of store.list('blobs/')) {
    const digest = parseBlobKey(key);
    if (digest === undefined || used.has(digest)) continue;
    yield finding('blob-unused', digest, `Blob \`${digest}\` belongs to no entry`);
  }
}

type Context = { readonly entries: ReadonlyMap<string, Entry>; readonly options: VerifyOptions };

async function* verifyEntry(
  store: ObjectStore,
  entry: Entry,
  { entries, options }: Context,
): AsyncIterable<MirrorFinding> {
  const name = entryName(entry.id);
  let isGood = true;
  if (options.readTarballs !== false) {
    const found = (await digestBlob(store, entry.tarball.sha256))?.sha256 ?? 'of nothing';
    isGood = found === entry.tarball.sha256;
    if (!isGood)
      yield finding(
        'tarball-damaged',
        name,
        `The tarball of \`${name}\` has SHA-256 \`${found}\`, not \`${entry.tarball.sha256}\``,
      );
  }
  const [node] = entry.spec.nodes;
  const external = new Set(entry.spec.nodes.filter((one) => one.external !== undefined).map((one) => one.hash));
  for (const dependency of dependenciesOf(node, ['link', 'run'])) {
    if (entries.has(dependency.hash) || external.has(dependency.hash)) continue;
    isGood = false;
    const missing = `${dependency.name}/${dependency.hash}`;
    yield finding('dependency-missing', name, `\`${name}\` needs \`${missing}\`, which has no valid entry`);
  }
  if (isGood) yield finding('ok', name, `\`${name}\` is as its manifest says`);
}

async function* verifyIndex(store: ObjectStore, entries: ReadonlyMap<string, Entry>): AsyncIterable<MirrorFinding> {
  let indexed: ReadonlySet<string>;
  try {
    const document = await getDocument(store, indexManifestKey);
    const installs = document === undefined ? [] : [...readIndexFile(document.text).installs];
    indexed = new Set(installs.filter(([, one]) => one.in_buildcache).map(([hash]) => hash));
  } catch (error) {
    yield finding('index-unreadable', 'index', `The index can not be read: ${messageOf(error)}`);
    return;
  }
  for (const [hash, entry] of entries) {
    const name = entryName(entry.id);
    if (!indexed.has(hash)) yield finding('not-in-index', name, `\`${name}\` is not in the index`);
  }
  for (const hash of indexed) {
    if (!entries.has(hash))
      yield finding('index-names-absent', hash, `The index names \`/${hash}\`, which has no valid entry`);
  }
}

/** Blobs that the index and the keys need. */
async function documentBlobs(store: ObjectStore): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const prefix of ['v3/manifests/index/', keysManifestKey.slice(0, keysManifestKey.lastIndexOf('/') + 1)]) {
    for await (const { key } of store.list(prefix)) digests.push(...(await namedBlobs(store, key)));
  }
  return digests;
}

/** Digests that a manifest names, even one that is not valid: its blobs are not garbage until it is gone. */
async function namedBlobs(store: ObjectStore, key: string): Promise<readonly string[]> {
  const text = (await store.get(key))?.toString() ?? '';
  try {
    return parseManifest(text).data.map((record) => record.checksum);
  } catch {
    return [...text.matchAll(/"checksum":\s*"([0-9a-f]{64})"/g)].map((match) => match[1] as string);
  }
}

/** What mends each kind. */
const remedies: Readonly<Record<FindingKind, string>> = {
  ok: '',
  'entry-invalid': 'Rebuild and push the package again',
  'tarball-damaged': 'Rebuild and push the package again',
  'dependency-missing': 'Rebuild and push the dependency',
  'not-in-index': 'Make the index again: `slipway mirror index`',
  'index-names-absent': 'Make the index again: `slipway mirror index`',
  'index-unreadable': 'Make the index again: `slipway mirror index`',
  'blob-unused': 'Remove it, unless something is being pushed just now',
};

function finding(kind: FindingKind, entry: string, message: string): MirrorFinding {
  return { kind, entry, message, remedy: remedies[kind] };
}
