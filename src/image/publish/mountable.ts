import {
  ImageIndex,
  ImageManifest,
  isIndexType,
  type Image,
  type ImageSource,
  type ManifestBytes,
  type RegistryPlace,
} from '../../oci/index.ts';
import type { Publishable } from './publishable.ts';

/** An image that is published somewhere, by tag or digest. */
export interface PublishedElsewhere {
  readonly source: ImageSource;
  readonly reference: string;
}

/**
 * Adds to each blob the repositories that have it, by the manifests of other images there: from these it can be
 * mounted. An image that cannot be read, or is in no registry, is skipped.
 */
export async function mountable(what: Publishable, others: readonly PublishedElsewhere[]): Promise<Publishable> {
  const repositories = new Map<string, RegistryPlace[]>();
  for (const { source, reference } of others) {
    if (source.repository === undefined) continue;
    for (const digest of await blobsOf(source, reference).catch(() => []))
      repositories.set(digest, [...(repositories.get(digest) ?? []), source.repository]);
  }
  const withRepositories = (image: Image): Image => ({
    ...image,
    blobs: image.blobs.map((blob) => {
      const known = repositories.get(blob.descriptor.digest);
      return known === undefined ? blob : { ...blob, mountFrom: [...(blob.mountFrom ?? []), ...known] };
    }),
  });
  return 'index' in what ? { ...what, images: what.images.map(withRepositories) } : withRepositories(what);
}

/** Digests of the manifests that an index names; none for an image, or for nothing. */
export async function indexedDigests(source: ImageSource, reference: string): Promise<readonly string[]> {
  const found = await source.readManifest(reference);
  if (found === undefined || !isIndexType(found.descriptor.mediaType)) return [];
  return ImageIndex.parse(JSON.parse(found.bytes.toString('utf8'))).manifests.map(({ digest }) => digest);
}

/** Digests of the layers and configuration of an image, or of all that an index names. */
async function blobsOf(source: ImageSource, reference: string): Promise<readonly string[]> {
  const found = await source.readManifest(reference);
  if (found === undefined) return [];
  if (!isIndexType(found.descriptor.mediaType)) return blobsOfManifest(found);
  const inner = await Promise.all((await indexedDigests(source, reference)).map((one) => source.readManifest(one)));
  return inner.flatMap((one) => (one === undefined ? [] : blobsOfManifest(one)));
}

function blobsOfManifest({ bytes }: ManifestBytes): readonly string[] {
  const { config, layers } = ImageManifest.parse(JSON.parse(bytes.toString('utf8')));
  return [config, ...layers].map(({ digest }) => digest);
}
