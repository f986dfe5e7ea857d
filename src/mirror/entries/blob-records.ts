import { SlipwayError, messageOf, parseJson, sha256 } from '../../kit/index.ts';
import {
  blobKey,
  fileVersion,
  parseManifest,
  readSpecFile,
  wrongHash,
  type BlobRecord,
  type BuildcacheManifest,
  type BuildcacheName,
  type SpecFile,
} from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import { gunzip } from '../archive/gzip.ts';
import type { ObjectStore } from '../stores/object-store.ts';

const MANIFEST_VERSION = 3;
const LAYOUT_VERSION = 2;
// A spec file of the largest known stacks has some megabytes.
const MAX_SPEC_BYTES = 256 * 2 ** 20;

export interface EntryRecords {
  readonly manifest: BuildcacheManifest;
  readonly tarball: BlobRecord;
  readonly spec: BlobRecord;
}

/** `name-version-hash`, as messages call an entry. */
export function entryName({ name, version, hash }: BuildcacheName): string {
  return `${name}-${version}-${hash}`;
}

/** Reads the payload of a package's manifest: exactly one tarball and one spec file. */
export function readRecords(payload: string, entry: string): EntryRecords {
  refuseNewer(payload, entry);
  try {
    const manifest = parseManifest(payload);
    const [tarball, ...moreTarballs] = recordsOf(manifest, 'application/vnd.spack.install.');
    const [spec, ...moreSpecs] = recordsOf(manifest, 'application/vnd.spack.spec.');
    if (tarball === undefined || spec === undefined || moreTarballs.length + moreSpecs.length > 0) {
      throw new Error('it must name one tarball and one spec file');
    }
    return { manifest, tarball, spec };
  } catch (error) {
    throw mirrorError('MIRROR_MANIFEST_INVALID', { entry, reason: messageOf(error) }, { cause: error });
  }
}

/**
 * Reads the spec blob, and checks bytes, hashes and, if passed, the name: record, file's name and content must agree.
 */
export async function readSpecBlob(store: ObjectStore, record: BlobRecord, id?: BuildcacheName): Promise<SpecFile> {
  const entry = id === undefined ? 'the new entry' : entryName(id);
  const label = { entry, part: 'spec file', digest: record.checksum, store: store.url };
  const bytes = await store.get(blobKey(record.checksum));
  if (bytes === undefined) throw mirrorError('MIRROR_BLOB_MISSING', label);
  checkBlob(record, { size: bytes.length, sha256: sha256(bytes) }, label);
  const document = parseSpec(record.compression === 'gzip' ? expand(bytes, entry) : bytes, entry);
  checkIdentity(document, id ?? document.nodes[0]);
  return document;
}

export interface BlobLabel {
  readonly entry: string;
  readonly part: string;
}

/** What is known of a blob before it is read. */
export type ExpectedBlob = Pick<BlobRecord, 'checksum' | 'contentLength'>;

export function checkSize(record: ExpectedBlob, size: number, { entry, part }: BlobLabel): void {
  if (size === record.contentLength) return;
  const { checksum: digest, contentLength: expected } = record;
  throw mirrorError('MIRROR_BLOB_SIZE_WRONG', { entry, part, digest, size, expected });
}

export function checkDigest(record: ExpectedBlob, found: string, { entry, part }: BlobLabel): void {
  if (found !== record.checksum)
    throw mirrorError('MIRROR_BLOB_DIGEST_WRONG', { entry, part, digest: record.checksum, found });
}

/** Throws unless a blob has the size and the digest of its record. */
export function checkBlob(
  record: ExpectedBlob,
  { size, sha256: digest }: { readonly size: number; readonly sha256: string },
  label: BlobLabel,
): void {
  checkSize(record, size, label);
  checkDigest(record, digest, label);
}

/** Throws unless name and hash are the package's, and every hash in the spec file follows from its content. */
export function checkIdentity(document: SpecFile, id: BuildcacheName): void {
  const [node] = document.nodes;
  const isSame =
    node.name === id.name && node.hash === id.hash && fileVersion(node.version) === fileVersion(id.version);
  const entry = entryName(id);
  if (!isSame) throw mirrorError('MIRROR_ENTRY_MISMATCH', { entry, found: entryName(node) });
  for (const one of document.nodes) {
    const computed = wrongHash(one, document.version);
    if (computed !== undefined) throw mirrorError('MIRROR_HASH_WRONG', { entry, recorded: one.hash, computed });
  }
}

function parseSpec(bytes: Buffer, entry: string): SpecFile {
  let document: SpecFile;
  try {
    document = readSpecFile(bytes.toString());
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'SPEC_FILE_VERSION') {
      const { version = 'unknown', newest = 'older' } = error.details;
      throw tooNew(entry, { part: 'spec file', version, known: newest, cause: error });
    }
    throw mirrorError('MIRROR_SPEC_INVALID', { entry, reason: messageOf(error) }, { cause: error });
  }
  const { buildcacheLayoutVersion: layout = LAYOUT_VERSION } = document;
  if (layout > LAYOUT_VERSION) throw tooNew(entry, { part: 'tarball layout', version: layout, known: LAYOUT_VERSION });
  return document;
}

function expand(bytes: Buffer, entry: string): Buffer {
  try {
    return gunzip(bytes, MAX_SPEC_BYTES);
  } catch (error) {
    throw mirrorError('MIRROR_SPEC_INVALID', { entry, reason: messageOf(error) }, { cause: error });
  }
}

function refuseNewer(payload: string, entry: string): void {
  const { version } = (parseJson(payload) ?? {}) as { readonly version?: unknown };
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    throw tooNew(entry, { part: 'manifest', version, known: MANIFEST_VERSION });
  }
}

type Detail = string | number | boolean;

function tooNew(entry: string, what: { part: string; version: Detail; known: Detail; cause?: unknown }): SlipwayError {
  const { cause, ...details } = what;
  return mirrorError('MIRROR_LAYOUT_TOO_NEW', { entry, ...details }, { cause });
}

function recordsOf(manifest: BuildcacheManifest, mediaType: string): readonly BlobRecord[] {
  return manifest.data.filter((record) => record.mediaType.startsWith(mediaType));
}
