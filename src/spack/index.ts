/**
 * Spack's data: specs, environments (`spack.yaml`), locks (`spack.lock`), spec files, and the names and formats of a
 * build cache. Everything is a function of its arguments. The module reads no file, sends no request, verifies no
 * signature, and does not concretize.
 */
export { buildcacheMediaTypes, indexMediaTypePrefix, specMediaType } from './buildcache/buildcache.ts';
export {
  blobKey,
  parseBlobKey,
  fileVersion,
  manifestKey,
  parseManifestKey,
  specManifestPrefix,
} from './buildcache/buildcache.ts';
export {
  indexManifestKey,
  keyManifestKey,
  keysManifestKey,
  layoutKey,
  layoutText,
  viewIndexManifestKey,
} from './buildcache/buildcache.ts';
export type { BuildcacheName } from './buildcache/buildcache.ts';
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
export { dagHash, hashPattern, isHashCheckable, withHash } from './lock/dag-hash.ts';
export { spackError } from './errors.ts';
export { readIndexFile } from './buildcache/index-file.ts';
export type { IndexEntry, IndexFile } from './buildcache/index-file.ts';
export { closure, dependenciesOf, dependents, nodeOf, topologicalOrder } from './lock/lock-graph.ts';
export type { SpecGraph } from './lock/lock-graph.ts';
export {
  EnvironmentChange,
  RunEnvironment,
  formatRunEnvironment,
  prefixToken,
  runEnvironmentFile,
  withPrefixes,
} from './run-environment.ts';
export { lockDigest, readLockfile, writeLockfile } from './lock/lockfile.ts';
export type { LockRoot, Lockfile } from './lock/lockfile.ts';
export { osIdentity } from './os-identity.ts';
export { namePattern } from './lock/is-node.ts';
export type {
  DependencyType,
  ParameterValue,
  SpecArchitecture,
  SpecDependency,
  SpecDocument,
  SpecNode,
} from './lock/node.ts';
export { pythonJson, pythonJsonLines } from './lock/python-json.ts';
export { readSpecFile, specNodes, writeSpecFile } from './buildcache/spec-file.ts';
export type { SpecFile, SpecFileOptions } from './buildcache/spec-file.ts';
export { compilerPackage } from './spec/compiler-names.ts';
export { formatSpec } from './spec/spec.ts';
export type { AbstractSpec, ArchitectureConstraint, SpecEdge, SpecFlag, SpecVariant } from './spec/spec.ts';
export { constrainSpec } from './spec/spec-constrain.ts';
export { intersects, satisfies } from './spec/spec-match.ts';
export { parseSpec } from './spec/spec-parser.ts';
export type { ParseSpecOptions } from './spec/spec-parser.ts';
export { compareVersions } from './spec/version.ts';
export type { VersionConstraint } from './spec/version-constraint.ts';
export type { CdashSection } from './environment/cdash-section.ts';
export { withColon } from './environment/spec-list.ts';
export { decideCondition } from './environment/condition.ts';
export type { HostFacts } from './environment/condition.ts';
export { mergeConfig, mergeScopes, plainConfig, removeConfig } from './config/merge-config.ts';
export type { ConfigMapping } from './config/merge-config.ts';
export { architectureText, compilerOf, variantsText } from './lock/node-text.ts';
export type { NodeCompiler } from './lock/node-text.ts';
export { readEnvironment, readEnvironmentFrom } from './environment/environment.ts';
export type { Environment, EnvironmentOptions, EnvironmentResult } from './environment/environment.ts';
export type { EnvironmentSpec } from './environment/environment-expand.ts';
export { isEnvironmentKey } from './environment/environment-keys.ts';
export type { EnvironmentKey } from './environment/environment-keys.ts';
export type { Mirror, MirrorConnection } from './environment/mirrors-section.ts';
export type { MatrixItem, SpecItem, SpecPiece } from './environment/spec-list.ts';
