/**
 * The mirror: a Spack build cache (layout v3) on a folder or S3. Packing a prefix and unpacking it, pushing and
 * installing entries, checking them, the index, keys, and views of one lock. It signs nothing: a `Verifier` comes
 * from the notary's room. It serves nothing: the gateway is the server's. What names and formats look like is
 * in the room of Spack's data.
 */
export { checkEntry, readEntry } from './entry.ts';
export type { Entry, EntryState, ReadOptions } from './entry.ts';
export { checkIdentity, entryName, readRecords, readSpecBlob } from './blob-records.ts';
export type { EntryRecords } from './blob-records.ts';
export { mirrorError } from './errors.ts';
export { folderStore, sweepTemporary } from './folder-store.ts';
export type { FolderStoreOptions } from './folder-store.ts';
export { gzip } from './gzip.ts';
export { IndexPublisher } from './index-publisher.ts';
export type { Rebuilt } from './index-publisher.ts';
export { inspectTarball } from './inspect.ts';
export type { TarballToInspect } from './inspect.ts';
export { installEntry } from './install.ts';
export type { InstallOptions } from './install.ts';
export { publishKeys, publishedKeys, writeLayout } from './keys.ts';
export type { PublishedKey } from './keys.ts';
export { listEntries } from './list.ts';
export type { ListedEntry } from './list.ts';
export { checkKey } from './object-key.ts';
export type { ObjectBody, ObjectInfo, ObjectStore, PutOptions } from './object-store.ts';
export { packPrefix } from './pack.ts';
export type { PackRequest, PackedTarball } from './pack.ts';
export { prefixedStore } from './prefixed-store.ts';
export { pushEntry, putBlob } from './push.ts';
export type { PushRequest } from './push.ts';
export type { ArchiveFacts, ArchiveLimits } from './read-archive.ts';
export type { RetryOptions } from './retry.ts';
export { s3Store } from './s3-store.ts';
export type { S3Options } from './s3-store.ts';
export { Serial } from './serial.ts';
export { storeFromUrl } from './store-from-url.ts';
export type { MirrorEnvironment } from './store-from-url.ts';
export { unpackTarball } from './unpack.ts';
export type { UnpackRequest } from './unpack.ts';
export { signatureError } from './verifier.ts';
export type { SignatureFault, Verifier } from './verifier.ts';
export { verifyMirror } from './verify.ts';
export type { FindingKind, MirrorFinding, VerifyOptions } from './verify.ts';
export { viewPrefix, writeView } from './view.ts';
export type { ViewRequest } from './view.ts';
