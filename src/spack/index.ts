/**
 * Spack's data: specs, environments (`spack.yaml`), locks (`spack.lock`), spec files, and the names and formats
 * of a build cache. Texts go in and out; everything here is a function of its arguments. It reads no file, talks to
 * no mirror, verifies no signature, and does not concretize: other rooms do the first three, Spack the last.
 */
export { buildcacheMediaTypes, indexMediaTypePrefix, specMediaType } from './buildcache.ts';
export { blobKey, parseBlobKey, fileVersion, manifestKey, parseManifestKey, specManifestPrefix } from './buildcache.ts';
export {
  indexManifestKey,
  keyManifestKey,
  keysManifestKey,
  layoutKey,
  layoutText,
  viewIndexManifestKey,
} from './buildcache.ts';
export type { BuildcacheName } from './buildcache.ts';
export { BlobRecord, BuildcacheManifest, formatManifest, parseManifest } from './buildcache-manifest.ts';
export { isClearsigned, signedPayload } from './clearsigned.ts';
export { dagHash, hashPattern, isHashCheckable, withHash } from './dag-hash.ts';
export { spackError } from './errors.ts';
export { addToIndex, emptyIndex, formatIndexFile, indexEntry, readIndexFile } from './index-file.ts';
export type { IndexEntry, IndexFile } from './index-file.ts';
export { closure, dependenciesOf, dependents, nodeOf, topologicalOrder } from './lock-graph.ts';
export type { SpecGraph } from './lock-graph.ts';
export { lockDigest, readLockfile, writeLockfile } from './lockfile.ts';
export type { LockRoot, Lockfile } from './lockfile.ts';
export { namePattern } from './node-schema.ts';
export type {
  DependencyType,
  ParameterValue,
  SpecArchitecture,
  SpecDependency,
  SpecDocument,
  SpecNode,
} from './node.ts';
export { pythonJson, pythonJsonLines } from './python-json.ts';
export { readSpecFile, specNodes, writeSpecFile } from './spec-file.ts';
export type { SpecFile, SpecFileOptions } from './spec-file.ts';
export { formatSpec } from './spec.ts';
export type { AbstractSpec, ArchitectureConstraint, SpecEdge, SpecFlag, SpecVariant } from './spec.ts';
export { constrainSpec } from './spec-constrain.ts';
export { intersects, satisfies } from './spec-match.ts';
export { parseSpec } from './spec-parser.ts';
export type { ParseSpecOptions } from './spec-parser.ts';
export { compareVersions } from './version.ts';
export type { VersionConstraint } from './version-constraint.ts';
export type { CdashSection } from './cdash-section.ts';
export type { HostFacts } from './condition.ts';
export { readEnvironment } from './environment.ts';
export type { Environment, EnvironmentOptions, EnvironmentResult } from './environment.ts';
export type { EnvironmentSpec } from './environment-expand.ts';
export type { EnvironmentKey } from './environment-keys.ts';
export type { Mirror, MirrorConnection } from './mirrors-section.ts';
export type { MatrixItem, SpecItem, SpecPiece } from './spec-list.ts';
