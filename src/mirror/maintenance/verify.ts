import { SlipwayError, sha256 } from '../../kit/index.ts';
import {
  dependenciesOf,
  parseBlobKey,
  parseManifestKey,
  specManifestPrefix,
  type BuildcacheName,
} from '../../spack/index.ts';
import { inspectTarball } from '../archive/inspect.ts';
import { listEntries } from '../catalog/list.ts';
import { digestBlob } from '../entries/blob-bytes.ts';
import { entryName } from '../entries/blob-records.ts';
import { checkEntry, type EntryState, type ReadOptions } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { finding, type MirrorFinding } from './finding.ts';
import { inFlight } from './in-flight.ts';
import { namedBlobs, verifyDocuments } from './verify-documents.ts';
import { verifyIndex, type IndexExpectation, type VerifiedEntry } from './verify-index.ts';

export interface VerifyOptions extends ReadOptions {
  /** Also read and hash every tarball (default), and open those that no signature vouches for. */
  readonly readTarballs?: boolean;
  /** What this reader knows of the index from before. */
  readonly expected?: IndexExpectation;
}

// Small documents are waited for together; tarballs keep the disk and one core busy by twos.
const AT_ONCE = 8;
const TARBALLS_AT_ONCE = 2;

/** Looks at everything on a mirror, and tells for each entry and each fault what it is and how it is mended. */
export async function* verifyMirror(store: ObjectStore, options: VerifyOptions): AsyncIterable<MirrorFinding> {
  const documents = await verifyDocuments(store);
  yield* documents.findings;
  const used = new Set(documents.blobs);
  const entries = new Map<string, VerifiedEntry>();
  const tarballs: { entry: VerifiedEntry; record: TarballRecord }[] = [];
  for await (const one of inFlight(listEntries(store), AT_ONCE, (id) => look(store, id, options))) {
    for (const digest of one.blobs) used.add(digest);
    if (one.checked.state === 'invalid') {
      const { code, reason } = one.checked;
      yield finding('entry-invalid', entryName(one.id), { code, message: `${reason} [${code}]` });
    }
    if (one.checked.state !== 'valid') continue;
    const { id, spec, text, manifest, tarball, signedBy } = one.checked.entry;
    const external = new Set(spec.nodes.filter((node) => node.external !== undefined).map((node) => node.hash));
    const needs = dependenciesOf(spec.nodes[0], ['link', 'run']).filter(({ hash }) => !external.has(hash));
    const entry = { id, manifest: sha256(text), needs };
    entries.set(id.hash, entry);
    const record = manifest.data.find(({ checksum }) => checksum === tarball.sha256);
    if (record !== undefined) tarballs.push({ entry, record: { ...record, isSigned: signedBy !== undefined } });
  }
  yield* misplaced(store);
  const limit = options.readTarballs === false ? AT_ONCE : TARBALLS_AT_ONCE;
  for await (const found of inFlight(tarballs, limit, (one) => verifyEntry(store, one, { entries, options })))
    yield* found;
  yield* verifyIndex(store, entries, options);
  for await (const { key } of store.list('blobs/')) {
    const digest = parseBlobKey(key);
    if (digest === undefined || used.has(digest)) continue;
    yield finding('blob-unused', digest, { message: `Blob \`${digest}\` belongs to no entry` });
  }
}

type BlobRecord = Parameters<typeof inspectTarball>[1]['record'];
type TarballRecord = BlobRecord & { readonly isSigned: boolean };

async function look(
  store: ObjectStore,
  id: BuildcacheName & { readonly key: string },
  options: VerifyOptions,
): Promise<{ id: BuildcacheName; checked: EntryState; blobs: readonly string[] }> {
  return { id, checked: await checkEntry(store, id, options), blobs: await namedBlobs(store, id.key) };
}

async function verifyEntry(
  store: ObjectStore,
  { entry, record }: { entry: VerifiedEntry; record: TarballRecord },
  { entries, options }: { entries: ReadonlyMap<string, VerifiedEntry>; options: VerifyOptions },
): Promise<readonly MirrorFinding[]> {
  const name = entryName(entry.id);
  const findings: MirrorFinding[] = [];
  if (options.readTarballs !== false) findings.push(...(await verifyTarball(store, entry.id, record)));
  for (const { name: needed, hash } of entry.needs) {
    if (entries.has(hash)) continue;
    const message = `\`${name}\` needs \`${needed}/${hash}\`, which has no valid entry`;
    findings.push(finding('dependency-missing', name, { message }));
  }
  return findings.length > 0 ? findings : [finding('ok', name, { message: `\`${name}\` is as its manifest says` })];
}

/**
 * The bytes of a signed entry need only be the ones that were signed; whatever else is opened and held to the rules.
 */
async function verifyTarball(
  store: ObjectStore,
  id: BuildcacheName,
  record: TarballRecord,
): Promise<readonly MirrorFinding[]> {
  const name = entryName(id);
  const found = (await digestBlob(store, record.checksum))?.sha256 ?? 'of nothing';
  if (found !== record.checksum) {
    const message = `The tarball of \`${name}\` has SHA-256 \`${found}\`, not \`${record.checksum}\``;
    return [finding('tarball-damaged', name, { message, code: 'MIRROR_BLOB_DIGEST_WRONG' })];
  }
  if (record.isSigned) return [];
  try {
    await inspectTarball(store, { id, record });
    return [];
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
    return [finding('entry-invalid', name, { message: `${error.message} [${error.code}]`, code: error.code })];
  }
}

/** Objects among the packages' manifests that no reader would find by their names. */
async function* misplaced(store: ObjectStore): AsyncIterable<MirrorFinding> {
  for await (const { key } of store.list(specManifestPrefix)) {
    if (parseManifestKey(key) !== undefined) continue;
    yield finding('entry-misplaced', key, { message: `\`${key}\` is not where the manifest of a package can be` });
  }
}
