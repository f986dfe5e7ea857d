/**
 * Spack's data: specs, environments (`spack.yaml`), locks (`spack.lock`), spec files, and the names and formats of a
 * build cache. Everything is a function of its arguments. The module reads no file, sends no request, verifies no
 * signature, and does not concretize.
 */
export {
  buildcacheMediaTypes,
  specMediaType,
  blobKey,
  parseBlobKey,
  fileVersion,
  manifestKey,
  parseManifestKey,
  specManifestPrefix,
  indexManifestKey,
  keyManifestKey,
  keysManifestKey,
  layoutKey,
  layoutText,
  type BuildcacheName,
} from './buildcache/buildcache.ts';
export {
  formatV2SpecFile,
  parseV2SpecKey,
  v2Checksum,
  v2Folder,
  v2IndexHashKey,
  v2IndexKey,
  v2KeyKey,
  v2KeysKey,
  v2SpecKey,
  v2TarballKey,
} from './buildcache/buildcache-v2.ts';
export { BlobRecord, BuildcacheManifest, formatManifest, parseManifest } from './buildcache/buildcache-manifest.ts';
export { isClearsigned, signedPayload } from './buildcache/clearsigned.ts';
export { withHash, wrongHash } from './lock/dag-hash.ts';
export {
  FEW_ALIKE,
  alikeCauses,
  describeReason,
  explainHashes,
  type HashReason,
  type RootCause,
} from './lock/explain-hash.ts';
export { readIndexFile, type IndexEntry, type IndexFile } from './buildcache/index-file.ts';
export { closure, dependenciesOf, dependents, nodeOf, topologicalOrder } from './lock/lock-graph.ts';
export {
  EnvironmentChange,
  RunEnvironment,
  formatRunEnvironment,
  prefixToken,
  runEnvironmentFile,
  withPrefixes,
} from './run-environment.ts';
export { lockDigest, readLockfile, writeLockfile, type Lockfile } from './lock/lockfile.ts';
export { LockPolicy, MOST_LOCK_JOBS, lockSettings, readLockSettings, type LockMode } from './lock/lock-policy.ts';
export { mergeLocks, orderedLock, selectRoots } from './lock/merge-locks.ts';
export { osIdentity } from './os-identity.ts';
export type { DependencyType, SpecArchitecture, SpecDependency, SpecDocument, SpecNode } from './lock/node.ts';
export { pythonJson, pythonJsonLines } from './lock/python-json.ts';
export { readSpecFile, specNodes, writeSpecFile, type SpecFile } from './buildcache/spec-file.ts';
export { compilerPackage } from './spec/compiler-names.ts';
export { type AbstractSpec } from './spec/spec.ts';
export { intersects, satisfies } from './spec/spec-match.ts';
export { sortVersions } from './spec/version.ts';
export { parseSpec } from './spec/spec-parser.ts';
export type { CdashSection } from './environment/cdash-section.ts';
export { withColon } from './environment/spec-list.ts';
export { decideCondition, type HostFacts } from './environment/condition.ts';
export { mergeConfig, mergeScopes, removeConfig, type ConfigMapping } from './config/merge-config.ts';
export { architectureText, compilerOf, packageTitle, variantsText } from './lock/node-text.ts';
export { readEnvironment, readEnvironmentFrom, type Environment } from './environment/environment.ts';
export { isEnvironmentKey } from './environment/environment-keys.ts';
export { destinationMirror } from './environment/destination-mirror.ts';
export type { Mirror, MirrorConnection } from './environment/mirrors-section.ts';
