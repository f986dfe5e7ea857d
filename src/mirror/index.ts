/**
 * The mirror: a Spack build cache (layout v3) on a folder or S3. Packing a prefix and unpacking it, pushing and
 * installing entries, checking them, the index, keys, and views of one lock. It signs nothing: a `Verifier` comes
 * from the notary's room. It serves nothing: the gateway is the server's. What names and formats look like is
 * in the room of Spack's data.
 */
export { checkEntry, readEntry } from './entries/entry.ts';
export type { Entry, EntryState, ReadOptions } from './entries/entry.ts';
export { checkIdentity, entryName, readRecords, readSpecBlob } from './entries/blob-records.ts';
export type { EntryRecords } from './entries/blob-records.ts';
export { mirrorError } from './errors.ts';
export { folderStore, sweepTemporary } from './stores/folder-store.ts';
export type { FolderStoreOptions } from './stores/folder-store.ts';
export { gzip } from './archive/gzip.ts';
export { IndexPublisher } from './catalog/index-publisher.ts';
export type { PublisherOptions, Rebuilt } from './catalog/index-publisher.ts';
export { indexPath } from './catalog/index-path.ts';
export { readStatement, statementKey } from './catalog/index-statement.ts';
export type { IndexStatement, SignText } from './catalog/index-statement.ts';
export { inspectTarball } from './archive/inspect.ts';
export type { TarballToInspect } from './archive/inspect.ts';
export { installEntry } from './entries/install.ts';
export type { InstallOptions } from './entries/install.ts';
export { publishKeys, publishedKeys, writeLayout } from './catalog/keys.ts';
export type { PublishedKey } from './catalog/keys.ts';
export { listEntries } from './catalog/list.ts';
export type { ListedEntry } from './catalog/list.ts';
export { checkKey } from './stores/object-key.ts';
export type { ObjectBody, ObjectInfo, ObjectStore, PutOptions } from './stores/object-store.ts';
export { packPrefix } from './archive/pack.ts';
export type { PackRequest, PackedTarball } from './archive/pack.ts';
export type { NamedSecrets } from './archive/secret-scan.ts';
export { installRelocated } from './relocation/relocated-install.ts';
export type { RelocatedInstall } from './relocation/relocated-install.ts';
export { relocatePrefix } from './relocation/relocate-prefix.ts';
export type { Relocated, RelocationRequest } from './relocation/relocate-prefix.ts';
export { detectLayout } from './layouts/detect-layout.ts';
export type { Layout, NewEntry } from './layouts/layout.ts';
export { migrateMirror } from './layouts/migrate.ts';
export type { MigrateOptions, Migrated } from './layouts/migrate.ts';
export { v2Layout } from './layouts/v2-layout.ts';
export { v3Layout } from './layouts/v3-layout.ts';
export { registryStore } from './registry/registry-store.ts';
export { prefixedStore } from './stores/prefixed-store.ts';
export { pushEntry, putBlob } from './entries/push.ts';
export type { PushRequest } from './entries/push.ts';
export type { ArchiveFacts, ArchiveLimits } from './archive/read-archive.ts';
export type { RetryOptions } from './stores/retry.ts';
export { s3Store } from './stores/s3-store.ts';
export type { S3Options } from './stores/s3-store.ts';
export { Serial } from './catalog/serial.ts';
export { parseRegistryUrl, storeFromUrl } from './stores/store-from-url.ts';
export type { MirrorEnvironment, StoreAccess } from './stores/store-from-url.ts';
export { unpackTarball } from './archive/unpack.ts';
export type { UnpackRequest } from './archive/unpack.ts';
export { signatureError } from './verifier.ts';
export type { SignatureFault, Verifier } from './verifier.ts';
export { isFault } from './care/finding.ts';
export type { FindingKind, MirrorFinding } from './care/finding.ts';
export { recordedExpectation } from './care/index-expectation.ts';
export { repairMirror } from './care/repair.ts';
export { verifyMirror } from './care/verify.ts';
export type { VerifyOptions } from './care/verify.ts';
export type { IndexExpectation } from './care/verify-index.ts';
export { viewPrefix, writeView } from './catalog/view.ts';
export type { ViewRequest } from './catalog/view.ts';
