import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type * as z from 'zod';
import { messageOf } from '../kit/index.ts';
import { digestOf, isDigest, type Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import { ImageConfig, ImageIndex, ImageManifest, isIndexType, isManifestType } from './image-model.ts';

/** A repository of a registry; for mounts, which go from one to another of the same registry. */
export interface RepositoryName {
  /** Host and port as in references. */
  readonly registry: string;
  readonly repository: string;
}

/** Bytes with a descriptor, wherever they are. `open` may be called again and again; the stream is checked. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** Where the very bytes are as a file that is never written to again, for hard links. */
  readonly file?: string;
  /** Repositories that have the blob as well, so that it may be mounted from one of them and not sent. */
  readonly mountFrom?: readonly RepositoryName[];
  open(): Promise<Readable>;
}

/** A manifest or index as its exact bytes: the digest depends on each of them. */
export interface ManifestBytes {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** One image: immutable; changes are functions that return a new one. */
export interface Image {
  readonly manifest: ManifestBytes;
  /** The configuration, parsed; its bytes are the first of `blobs`. */
  readonly config: ImageConfig;
  /** The configuration, then the layers from the lowest up. */
  readonly blobs: readonly Blob[];
}

/** One repository that can be read: in a layout or in a registry. References are tags or digests. */
export interface ImageSource {
  /** For messages, without credentials: `localhost:5000/lab/stack`, a folder. */
  readonly location: string;
  /** The registry's repository that this is; folders are none. */
  readonly repository?: RepositoryName;
  readManifest(reference: string): Promise<ManifestBytes | undefined>;
  /** Fails at the end of the stream unless the bytes are the descriptor's. */
  openBlob(descriptor: Descriptor): Promise<Readable>;
  /**
   * What refers to a manifest, by the registry's own list (OCI distribution-spec, "Listing Referrers"); undefined where
   * it keeps none, or does not know this digest and any list. Places without the function have no such list.
   */
  readReferrers?(digest: string): Promise<readonly Descriptor[] | undefined>;
}

/** One repository that can be written to. Blobs come before the manifest that names them; a tag moves last. */
export interface ImageTarget extends ImageSource {
  hasBlob(descriptor: Descriptor): Promise<boolean>;
  /** `mounted`: the registry had the bytes in another repository, so nothing was sent. */
  putBlob(blob: Blob): Promise<'sent' | 'mounted'>;
  /** Under a tag, or under its own digest: then it can be pulled by that alone. */
  putManifest(manifest: ManifestBytes, reference: string): Promise<void>;
  /** Takes away a tag, or a manifest by its digest, which in registries takes every tag of it away and leaves blobs. */
  remove(reference: string): Promise<Removal>;
}

/** What became of a removal; `refused` is why a registry does not let things be removed. */
export type Removal = 'removed' | 'absent' | { readonly refused: string };

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** `v8` of arm64, `v3` of amd64. */
  readonly variant?: string;
}

const MAX_DOCUMENT = 4 * 1024 * 1024;

export function bytesBlob(bytes: Uint8Array, mediaType: string): Blob {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, open: async () => Readable.from([bytes]) };
}

/** Gives JSON its one form: compact, keys as they are in the value. */
export function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Writes a manifest or index. */
export function manifestOf(document: { readonly mediaType: string; readonly [key: string]: unknown }): ManifestBytes {
  const { mediaType } = document;
  const bytes = jsonBytes(document);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** Reads an image by tag or digest; of an index, the manifest for the platform. */
export async function readImage(source: ImageSource, reference: string, platform?: Platform): Promise<Image> {
  const found = await readManifest(source, reference);
  if (!isIndexType(found.descriptor.mediaType)) return imageOf(source, found);
  const manifests = indexed(source, found);
  const chosen = choosePlatform(manifests, platform);
  if (chosen !== undefined) return imageOf(source, await readManifest(source, chosen.digest));
  const available = manifests.map((one) => formatPlatform(one.platform)).join(', ') || 'nothing';
  const details = { reference, location: source.location, platform: formatPlatform(platform), available };
  throw ociError('OCI_PLATFORM_MISSING', details);
}

/** Reads what a tag or digest names with every image of it: one, or all that an index names. */
export async function readImages(
  source: ImageSource,
  reference: string,
): Promise<{ readonly top: ManifestBytes; readonly images: readonly Image[] }> {
  const top = await readManifest(source, reference);
  if (!isIndexType(top.descriptor.mediaType)) return { top, images: [await imageOf(source, top)] };
  const images: Image[] = [];
  for (const { digest } of indexed(source, top)) images.push(await imageOf(source, await readManifest(source, digest)));
  return { top, images };
}

async function readManifest(source: ImageSource, reference: string): Promise<ManifestBytes> {
  const found = await source.readManifest(reference);
  if (found === undefined) throw ociError('OCI_IMAGE_MISSING', { reference, location: source.location });
  const { digest } = found.descriptor;
  if (digestOf(found.bytes) !== digest || (isDigest(reference) && reference !== digest)) {
    throw ociError('OCI_BLOB_MISMATCH', {
      digest: reference,
      location: source.location,
      reason: 'the manifest has other bytes',
    });
  }
  return found;
}

function indexed(source: ImageSource, { bytes, descriptor }: ManifestBytes): readonly Descriptor[] {
  const about = { what: 'Index', digest: descriptor.digest, location: source.location };
  return parseDocument(ImageIndex, bytes, about).manifests;
}

function choosePlatform(manifests: readonly Descriptor[], platform: Platform | undefined): Descriptor | undefined {
  if (platform === undefined) return manifests[0];
  return nearest(
    manifests.filter((one) => formatPlatform(one.platform) === formatPlatform(platform)),
    platform.variant,
  );
}

function formatPlatform(platform: Platform | undefined): string {
  return platform === undefined ? 'any platform' : `${platform.os}/${platform.architecture}`;
}

/**
 * Returns the highest variant that runs on this one; if there is none, the lowest. One without a variant runs on all.
 */
function nearest(candidates: readonly Descriptor[], variant: string | undefined): Descriptor | undefined {
  const most = levelOf(variant);
  const sorted = candidates.toSorted((a, b) => levelOf(a.platform?.variant) - levelOf(b.platform?.variant));
  return sorted.findLast(({ platform }) => levelOf(platform?.variant) <= most) ?? sorted[0];
}

/** Variants are `v6`, `v7`, `v8` of ARM, `v2`, `v3`, `v4` of x86-64. */
function levelOf(variant: string | undefined): number {
  return Number(/^v(\d+)/.exec(variant ?? '')?.[1] ?? 0);
}

async function imageOf(source: ImageSource, found: ManifestBytes): Promise<Image> {
  const { descriptor, bytes } = found;
  const about = { what: 'Manifest', digest: descriptor.digest, location: source.location };
  if (!isManifestType(descriptor.mediaType)) {
    throw ociError('OCI_DOCUMENT_INVALID', {
      ...about,
      reason: `media type \`${descriptor.mediaType}\` is not an image's`,
    });
  }
  const manifest = parseDocument(ImageManifest, bytes, about);
  if (manifest.config.size > MAX_DOCUMENT) {
    throw ociError('OCI_DOCUMENT_INVALID', { ...about, reason: `its configuration has ${manifest.config.size} bytes` });
  }
  const mountFrom = source.repository && [source.repository];
  const blobs = [manifest.config, ...manifest.layers].map((one) => ({
    descriptor: one,
    mountFrom,
    open: () => source.openBlob(one),
  }));
  const text = await buffer(await source.openBlob(manifest.config));
  const { digest } = manifest.config;
  const config = parseDocument(ImageConfig, text, { what: 'Configuration', digest, location: source.location });
  return { manifest: found, config, blobs };
}

/** Parses a JSON document of an image; faults name the document and where it came from. */
export function parseDocument<T>(
  schema: z.ZodType<T>,
  bytes: Buffer,
  about: { what: string; digest: string; location: string },
): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw ociError('OCI_DOCUMENT_INVALID', { ...about, reason: messageOf(error) });
  }
}
