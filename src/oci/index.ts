/**
 * Images as the OCI specifications define them: descriptors, manifests and configurations, references, the layout on
 * disk, and a registry client. An `Image` is read from an `ImageSource` and written to an `ImageTarget`, a folder or a
 * registry. The module knows nothing of packages or mirrors, and serves nothing.
 */
export { makeArtifact, readArtifact } from './artifact.ts';
export type { Artifact, ArtifactLayer } from './artifact.ts';
export { zstdCompressed } from './compress.ts';
export { layerDecompressor } from './decompress.ts';
export { Descriptor, Digest, digestOf, hexOf, isDigest, mediaTypes } from './descriptor.ts';
export { bytesBlob, jsonBytes, readImage, readImages } from './image.ts';
export type {
  Blob,
  Image,
  ImageSource,
  ImageTarget,
  ManifestBytes,
  Platform,
  RegistryPlace,
  Removal,
} from './image.ts';
export {
  ContainerConfig,
  HistoryEntry,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  isIndexType,
  layerCompression,
} from './image-model.ts';
export { openLayout } from './layout.ts';
export type { Layout } from './layout.ts';
export { openImage } from './named-image.ts';
export type { NamedImage } from './named-image.ts';
export { layoutRepository } from './layout-repository.ts';
export { isRepositoryName, isTag, parseReference, wantedOf, withDefaultRegistry } from './reference.ts';
export { attachReferrer, listReferrers } from './referrers.ts';
export type { RegistryCredentials } from './registry-auth.ts';
export { keptCredentials, registryCredentials } from './registry-credentials.ts';
export { registryClient } from './registry-client.ts';
export type { RegistryClientOptions, RegistryRepository } from './registry-client.ts';
export { diffIdOf, layersOf, validateImage } from './validate-image.ts';
export type { ImageFinding } from './validate-image.ts';
export { verifiedStream } from './verified-stream.ts';
