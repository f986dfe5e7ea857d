import { sha256 } from '../../kit/index.ts';
import {
  dependenciesOf,
  parseBlobKey,
  parseManifestKey,
  specManifestPrefix,
  v2IndexHashKey,
  v2IndexKey,
  type BuildcacheName,
} from '../../spack/index.ts';
import { inspectTarball } from '../archive/inspect.ts';
import { listEntries } from '../catalog/list.ts';
import { digestBlob } from '../entries/blob-bytes.ts';
import { entryName } from '../entries/blob-records.ts';
import { checkEntry, entryState, type Entry, type EntryState, type ReadOptions } from '../entries/entry.ts';
import { isEntryFault } from '../errors.ts';
import type { MirrorLayout } from '../layouts/layout.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { faultFinding, finding, type MirrorFinding } from './finding.ts';
import { inFlight } from './in-flight.ts';
import { namedBlobs, verifyDocuments } from './verify-documents.ts';
import { compareIndex, verifyIndex, type IndexExpectation, type VerifiedEntry } from './verify-index.ts';

export interface VerifyOptions extends ReadOptions {
  /** Also read and hash every tarball (default), and open those that no signature covers. */
  readonly readTarballs?: boolean;
  /** What this reader knows of the index from before. */
  readonly expected?: IndexExpectation;
}

/** An entry without its closure: a mirror has many. */
interface ValidEntry extends VerifiedEntry {
  readonly needs: readonly Pick<BuildcacheName, 'name' | 'hash'>[];
  readonly tarball: Entry['tarball'];
  /** Whether only the digest of its tarball has to be checked: a signature or the layout's format covers the rest. */
  readonly isSigned: boolean;
}

type ValidEntries = Map<string, ValidEntry>;

// Many small documents are read at once; two tarballs keep the disk and one core busy.
const AT_ONCE = 8;
const TARBALLS_AT_ONCE = 2;

/** Verifies a mirror of any layout. In v2 it finds neither unused blobs nor replays. */
export async function* verifyLayout(layout: MirrorLayout, options: VerifyOptions): AsyncIterable<MirrorFinding> {
  const { kind, store } = layout;
  if (kind === 'v3') return yield* verifyMirror(store, options);
  const entries: ValidEntries = new Map();
  for await (const id of layout.list())
    yield* recordEntry(entries, id, await entryState(() => layout.read(id, options)));
  yield* verifyEntries(store, entries, options);
  const text = (await store.get(v2IndexKey)) ?? '';
  const hash = (await store.get(v2IndexHashKey))?.toString().trim();
  if (text !== '' && hash !== undefined && hash !== sha256(text)) {
    const message = `Its \`.hash\` is \`${hash}\`, and its SHA-256 \`${sha256(text)}\``;
    yield finding('index-unreadable', 'index', { message });
  }
  return yield* await compareIndex(layout.index(), entries);
}

/** Verifies a mirror of layout v3, and reports each entry and each fault with its remedy. */
export async function* verifyMirror(store: ObjectStore, options: VerifyOptions): AsyncIterable<MirrorFinding> {
  const documents = await verifyDocuments(store);
  yield* documents.findings;
  const used = new Set(documents.blobs);
  const entries: ValidEntries = new Map();
  const look = async (id: BuildcacheName & { readonly key: string }) => ({
    id,
    checked: await checkEntry(store, id, options),
    blobs: await namedBlobs(store, id.key),
  });
  for await (const { id, checked, blobs } of inFlight(listEntries(store), AT_ONCE, look)) {
    for (const digest of blobs) used.add(digest);
    yield* recordEntry(entries, id, checked);
  }
  yield* misplaced(store);
  yield* verifyEntries(store, entries, options);
  yield* verifyIndex(store, entries, options);
  for await (const { key } of store.list('blobs/')) {
    const digest = parseBlobKey(key);
    if (digest === undefined || used.has(digest)) continue;
    yield finding('blob-unused', digest, { message: `Blob \`${digest}\` belongs to no entry` });
  }
}

function* recordEntry(entries: ValidEntries, id: BuildcacheName, checked: EntryState): Iterable<MirrorFinding> {
  if (checked.state === 'invalid')
    yield faultFinding('entry-invalid', entryName(id), { code: checked.code, message: checked.reason });
  if (checked.state !== 'valid') return;
  const { spec, text, tarball, signedBy } = checked.entry;
  const external = new Set(spec.nodes.filter((node) => node.external !== undefined).map((node) => node.hash));
  const needs = dependenciesOf(spec.nodes[0], ['link', 'run']).filter(({ hash }) => !external.has(hash));
  const isSigned = signedBy !== undefined || tarball.key !== undefined;
  entries.set(id.hash, { id: checked.entry.id, manifest: sha256(text), needs, tarball, isSigned });
}

async function* verifyEntries(
  store: ObjectStore,
  entries: ValidEntries,
  { readTarballs = true }: VerifyOptions,
): AsyncIterable<MirrorFinding> {
  const verifyEntry = async (entry: ValidEntry): Promise<readonly MirrorFinding[]> => {
    const name = entryName(entry.id);
    const findings = readTarballs ? [...(await verifyTarball(store, entry))] : [];
    for (const { name: needed, hash } of entry.needs.filter((need) => !entries.has(need.hash))) {
      const message = `\`${name}\` needs \`${needed}/${hash}\`, which has no valid entry`;
      findings.push(finding('dependency-missing', name, { message }));
    }
    return findings.length > 0 ? findings : [finding('ok', name, { message: `\`${name}\` is valid` })];
  };
  const limit = readTarballs ? TARBALLS_AT_ONCE : AT_ONCE;
  for await (const found of inFlight(entries.values(), limit, verifyEntry)) yield* found;
}

/** Of a signed entry only the tarball's digest is checked; any other tarball is opened and held to the rules. */
async function verifyTarball(
  store: ObjectStore,
  { id, tarball, isSigned }: ValidEntry,
): Promise<readonly MirrorFinding[]> {
  const name = entryName(id);
  const { sha256: checksum, size: contentLength, key } = tarball;
  const found = (await digestBlob(store, checksum, key))?.sha256 ?? 'of nothing';
  if (found !== checksum) {
    const message = `The tarball of \`${name}\` has SHA-256 \`${found}\`, not \`${checksum}\``;
    return [finding('tarball-damaged', name, { message, code: 'MIRROR_BLOB_DIGEST_WRONG' })];
  }
  if (isSigned) return [];
  try {
    await inspectTarball(store, { id, record: { checksum, contentLength } });
    return [];
  } catch (error) {
    if (!isEntryFault(error)) throw error;
    return [faultFinding('entry-invalid', name, error)];
  }
}

/** Objects among the packages' manifests that no reader would find by their names. */
async function* misplaced(store: ObjectStore): AsyncIterable<MirrorFinding> {
  for await (const { key } of store.list(specManifestPrefix)) {
    if (parseManifestKey(key) !== undefined) continue;
    yield finding('entry-misplaced', key, { message: `\`${key}\` is not where the manifest of a package can be` });
  }
}
