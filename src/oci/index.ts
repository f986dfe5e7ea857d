/**
 * Images as the OCI specifications define them: descriptors, manifests and configurations, references, the layout on
 * disk, and a registry client. An `Image` is read from an `ImageSource` and written to an `ImageTarget`, a folder or a
 * registry. The module knows nothing of packages or mirrors, and serves nothing.
 */
export { makeArtifact, readArtifact, type Artifact, type ArtifactLayer } from './artifact.ts';
export { zstdCompressed } from './compress.ts';
export { layerDecompressor } from './decompress.ts';
export { Descriptor, Digest, digestOf, hexOf, isDigest, mediaTypes } from './descriptor.ts';
export {
  ContainerConfig,
  HistoryEntry,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  isIndexType,
  layerCompression,
} from './image-model.ts';
export {
  bytesBlob,
  jsonBytes,
  manifestOf,
  readImage,
  readImages,
  type Blob,
  type Image,
  type ImageSource,
  type ImageTarget,
  type ManifestBytes,
  type Platform,
  type RepositoryName as RegistryPlace,
  type Removal,
} from './image.ts';
export { layoutRepository } from './layout-repository.ts';
export { openLayout, type Layout } from './layout.ts';
export { openImage, type NamedImage } from './named-image.ts';
export { isRepositoryName, isTag, parseReference, tagOrDigest as wantedOf, withDefaultRegistry } from './reference.ts';
export { attachReferrer, listReferrers } from './referrers.ts';
export type { RegistryCredentials } from './registry-auth.ts';
export { registryClient, type RegistryClientOptions, type RegistryRepository } from './registry-client.ts';
export { keptCredentials, registryCredentials } from './registry-credentials.ts';
export { diffIdOf, layersOf, validateImage, type ImageFinding } from './validate-image.ts';
export { verifiedStream } from './verified-stream.ts';
