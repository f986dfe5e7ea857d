import {
  blobKey,
  isClearsigned,
  manifestKey,
  signedPayload,
  type BuildcacheManifest,
  type BuildcacheName,
  type SpecFile,
} from '../../spack/index.ts';
import { checkSize, entryName, readRecords, readSpecBlob } from './blob-records.ts';
import { isEntryFault, mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { verifyNamed, type Verifier } from '../verifier.ts';

export interface ReadOptions {
  /** Without one, signed entries are read unverified, which is refused where a signature is required. */
  readonly verifier?: Verifier;
  readonly requireSignature: boolean;
}

/** One package of a mirror, with everything checked but the tarball's bytes. */
export interface Entry {
  readonly id: BuildcacheName;
  /** Fingerprint of the trusted key that signed it; undefined if unsigned or unverified. */
  readonly signedBy?: string;
  readonly manifest: BuildcacheManifest;
  readonly tarball: {
    readonly sha256: string;
    readonly size: number;
    readonly diffId?: string;
    /** How the stored bytes are compressed; gzip by default. */
    readonly compression?: 'gzip' | 'none';
    /** Where the tarball is, if it is not the blob of its digest (layout v2). */
    readonly key?: string;
  };
  readonly spec: SpecFile;
  /** The manifest as it is stored, with its signature. */
  readonly text: string;
}

/**
 * The entry of a package, or undefined if the mirror has none. An entry that is there but wrong throws, with a code
 * for each kind of wrong: an answer of "absent" would let an attacker choose what gets rebuilt.
 */
export async function readEntry(
  store: ObjectStore,
  id: BuildcacheName,
  options: ReadOptions,
): Promise<Entry | undefined> {
  const stored = await store.get(manifestKey(id));
  if (stored === undefined) return undefined;
  const text = stored.toString();
  const entry = entryName(id);
  const { payload, signedBy } = await payloadOf(text, entry, options);
  const { manifest, tarball, spec } = readRecords(payload, entry);
  const document = await readSpecBlob(store, spec, id);
  const label = { entry, part: 'tarball', digest: tarball.checksum, store: store.url };
  const found = await store.head(blobKey(tarball.checksum));
  if (found === undefined) throw mirrorError('MIRROR_BLOB_MISSING', label);
  checkSize(tarball, found.size, label);
  const { checksum: sha256, contentLength: size, diffId, compression } = tarball;
  return {
    id,
    signedBy,
    manifest,
    tarball: { sha256, size, compression, diffId },
    spec: document,
    text,
  };
}

export type EntryState =
  | { readonly state: 'absent' }
  | { readonly state: 'valid'; readonly entry: Entry }
  | { readonly state: 'invalid'; readonly code: string; readonly reason: string };

/**
 * The same for planners, which build again what is not valid. Only what is wrong with the entry is a result:
 * a store that cannot be read still throws.
 */
export async function checkEntry(store: ObjectStore, id: BuildcacheName, options: ReadOptions): Promise<EntryState> {
  return entryState(() => readEntry(store, id, options));
}

/** The same of whatever reads an entry. */
export async function entryState(read: () => Promise<Entry | undefined>): Promise<EntryState> {
  try {
    const entry = await read();
    return entry === undefined ? { state: 'absent' } : { state: 'valid', entry };
  } catch (error) {
    if (!isEntryFault(error)) throw error;
    return { state: 'invalid', code: error.code, reason: error.message };
  }
}

/** Returns the payload of a stored text, verified as the options require. */
export async function payloadOf(
  text: string,
  entry: string,
  options: ReadOptions,
): Promise<{ payload: string; signedBy?: string }> {
  const { verifier, requireSignature } = options;
  if (!isClearsigned(text)) {
    // Text before the armor is refused here and not taken for an unsigned manifest.
    if (text.includes('-----BEGIN PGP'))
      throw mirrorError('MIRROR_SIGNATURE_MALFORMED', { entry, reason: 'there is text before the message' });
    if (requireSignature) throw mirrorError('MIRROR_SIGNATURE_MISSING', { entry });
    return { payload: text };
  }
  if (verifier !== undefined) {
    const { payload, fingerprint } = await verifyNamed(verifier, text, entry);
    return { payload, signedBy: fingerprint };
  }
  if (requireSignature) throw mirrorError('MIRROR_SIGNATURE_UNCHECKED', { entry });
  return { payload: signedPayload(text) };
}

/** Reads the entries of packages, each from the first store that has it; by DAG hash. */
export async function readEntries(
  stores: readonly ObjectStore[],
  ids: Iterable<BuildcacheName>,
  read: ReadOptions,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const id of ids) {
    for (const store of stores) {
      const entry = await readEntry(store, id, read);
      if (entry === undefined) continue;
      entries.set(id.hash, entry);
      break;
    }
  }
  return entries;
}
