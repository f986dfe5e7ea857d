/**
 * The mirror: a Spack build cache (layout v3, and v2 for older Spacks) on a folder, S3 or an OCI registry. Packs and
 * unpacks prefixes, pushes, installs and verifies entries, keeps the index, the keys and the views of locks, and
 * searches the packages of an index. It signs nothing: `notary` supplies a `Verifier`. It serves nothing: `server` has
 * the gateway. `spack` defines names and formats.
 */
export { BlockGzip } from './archive/block-gzip.ts';
export { gzip } from './archive/gzip.ts';
export { inspectTarball } from './archive/inspect.ts';
export { listFiles, type ListedFiles } from './archive/list-files.ts';
export { packPrefix, type PackedTarball } from './archive/pack.ts';
export { unpackTarball } from './archive/unpack.ts';
export { IndexPublisher, type RebuiltIndex } from './catalog/index-publisher.ts';
export { indexPath } from './catalog/index-rows.ts';
export { IndexStatement, readStatement, statementKey, type SignText } from './catalog/index-statement.ts';
export { publishedKeys, publishKeys, writeLayout, type PublishedKey } from './catalog/keys.ts';
export { listEntries } from './catalog/list.ts';
export { viewPrefix, writeSnapshot, writeView } from './catalog/view.ts';
export { isCountedOn, removableBefore } from './entries/blob-age.ts';
export { entryName, readRecords, readSpecBlob, type EntryRecords } from './entries/blob-records.ts';
export { entrySizes } from './entries/entry-sizes.ts';
export { checkEntry, entryState, readEntries, readEntry, type Entry, type ReadOptions } from './entries/entry.ts';
export { installEntry } from './entries/install.ts';
export { putBlob } from './entries/put.ts';
export { mirrorError } from './errors.ts';
export { importOldest, isOldest } from './layout-0/import-oldest.ts';
export { detectLayout, layoutsIn } from './layouts/detect-layout.ts';
export { findByHash, findBySpec } from './layouts/find-entry.ts';
export type { MirrorLayout } from './layouts/layout.ts';
export { listedHashes } from './layouts/listed-hashes.ts';
export { migrateMirror, type Migrated } from './layouts/migrate.ts';
export { openMigration } from './layouts/migration-ends.ts';
export { pushEntry, pushPackage } from './layouts/push.ts';
export { searchLayout } from './layouts/search-layout.ts';
export { signedTwin } from './layouts/signed-twin.ts';
export { transferBlob } from './layouts/transfer.ts';
export { publishV2IndexOf } from './layouts/v2-index.ts';
export { v2Layout } from './layouts/v2-layout.ts';
export { v3Layout } from './layouts/v3-layout.ts';
export { copyEntries, packagesOfLock, type Copied } from './maintenance/copy-entries.ts';
export { isFault, type MirrorFinding } from './maintenance/finding.ts';
export { hashesOfRefs } from './maintenance/locks-of-refs.ts';
export { preparePruning, prune, type Pruning } from './maintenance/prune.ts';
export { repairMirror } from './maintenance/repair.ts';
export { mirrorUsage } from './maintenance/usage.ts';
export { recordedExpectation } from './maintenance/verify-index.ts';
export { verifyLayout, verifyMirror, type VerifyOptions } from './maintenance/verify.ts';
export { listViews, removeView } from './maintenance/views.ts';
export {
  isMirrorAbsent,
  mirrorFolder,
  openCurrentMirror,
  openMirror,
  openMirrorLayout,
  openMirrorWriter,
  type MirrorWriter,
  type NamedMirror,
} from './named-mirror.ts';
export { growElf } from './relocation/grow-elf.ts';
export { installTree, type InstalledPackage } from './relocation/install-tree.ts';
export {
  installRelocated,
  relocatePrefix,
  type GrowElf,
  type RelocationRequest,
} from './relocation/relocate-prefix.ts';
export { sbangProgram } from './relocation/sbang.ts';
export type { CatalogContent, CatalogOrder, CatalogPackage } from './search/catalog-content.ts';
export { PackageCatalog } from './search/package-catalog.ts';
export { searchPackages } from './search/package-search.ts';
export { folderStore, sweepTemporary } from './stores/folder-store.ts';
export { httpStore } from './stores/http-store.ts';
export { storeOfMirror } from './stores/mirror-connection.ts';
export type { ObjectInfo, ObjectStore } from './stores/object-store.ts';
export { prefixedStore } from './stores/prefixed-store.ts';
export { storeFromUrl, type MirrorEnvironment } from './stores/store-from-url.ts';
export { invalidKeys, trustedKeys } from './trusted-keys.ts';
export { signatureError, type DetachedVerifier, type Verifier } from './verifier.ts';
