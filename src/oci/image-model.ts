import * as z from 'zod';
import { Descriptor, Digest, mediaTypes } from './descriptor.ts';

/** OCI image-spec, "Image Manifest"; Docker's schema 2 has the same shape. */
export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
  artifactType: z.string().optional(),
  /** The manifest that this one describes. */
  subject: Descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type ImageManifest = z.infer<typeof ImageManifest>;

/** OCI image-spec, "Image Index"; Docker's manifest list has the same shape. */
export const ImageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(Descriptor),
});
export type ImageIndex = z.infer<typeof ImageIndex>;

const Strings = z.array(z.string()).nullish();

/** What a container runs with, by the names of OCI image-spec, "Image Configuration". */
export const ContainerConfig = z.looseObject({
  User: z.string().optional(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Env: Strings,
  Entrypoint: Strings,
  Cmd: Strings,
  WorkingDir: z.string().optional(),
  Labels: z.record(z.string(), z.string()).nullish(),
});
export type ContainerConfig = z.infer<typeof ContainerConfig>;

export const HistoryEntry = z.looseObject({
  created: z.string().optional(),
  created_by: z.string().optional(),
  comment: z.string().optional(),
  empty_layer: z.boolean().optional(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

export const ImageConfig = z.looseObject({
  created: z.string().optional(),
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  config: ContainerConfig.nullish(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(Digest) }),
  history: z.array(HistoryEntry).nullish(),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.manifest || mediaType === mediaTypes.dockerManifest;
}

/** How a layer's bytes are compressed, by its media type; `undefined` for a type that is no layer's. */
export function layerCompression(mediaType: string): 'none' | 'gzip' | 'zstd' | undefined {
  if (mediaType === mediaTypes.layerGzip || mediaType === mediaTypes.dockerLayerGzip) return 'gzip';
  if (mediaType === mediaTypes.layerTar || mediaType === mediaTypes.dockerLayerTar) return 'none';
  return mediaType === mediaTypes.layerZstd ? 'zstd' : undefined;
}
