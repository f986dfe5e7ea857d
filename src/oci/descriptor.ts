import * as z from 'zod';
import { sha256 } from '../kit/index.ts';

/** `sha256:` and 64 hexadecimal digits. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'expected `sha256:` and 64 lower-case hexadecimal digits');

/** OCI image-spec, "OCI Content Descriptors". Unknown properties are kept. */
export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  /** Bytes. */
  size: z.int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
  /** Of manifests that are no image: what they are. */
  artifactType: z.string().optional(),
  platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
});

export type Descriptor = Readonly<z.infer<typeof Descriptor>>;

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerTar: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export function isDigest(text: string): boolean {
  return Digest.safeParse(text).success;
}

/** The digest of bytes or UTF-8 text. */
export function digestOf(data: string | Uint8Array): string {
  return `sha256:${sha256(data)}`;
}

/** The 64 hexadecimal digits of a digest; the name of its file in a layout. */
export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}
