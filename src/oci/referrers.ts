import type { Artifact } from './artifact.ts';
import { hexOf, mediaTypes, type Descriptor } from './descriptor.ts';
import { manifestOf, parseDocument, type ImageSource, type ImageTarget, type ManifestBytes } from './image.ts';
import { ImageIndex, ImageManifest } from './image-model.ts';

/**
 * What refers to a manifest: from the registry's own list, and from the index under the tag that the OCI
 * distribution-spec ("Referrers Tag Schema") has for registries without one. None is no error.
 */
export async function listReferrers(source: ImageSource, digest: string): Promise<readonly Descriptor[]> {
  return (await source.readReferrers?.(digest)) ?? readReferrersTag(source, digest);
}

/**
 * Attaches an artifact to its subject, which need not be there yet. Other names are tags that it is to have as well,
 * for tools that look there. Safe to repeat. Two that attach to one subject at once, in a registry without a list of
 * its own, may lose one of both from the index of that list; neither artifact is lost.
 */
export async function attachReferrer(
  target: ImageTarget,
  artifact: Artifact,
  tags: readonly string[] = [],
): Promise<void> {
  const { manifest } = artifact;
  for (const blob of artifact.blobs) if (!(await target.hasBlob(blob.descriptor))) await target.putBlob(blob);
  await target.putManifest(manifest, manifest.descriptor.digest);
  const { digest } = read(manifest).subject as Descriptor;
  if ((await target.readReferrers?.(digest)) === undefined) await addToReferrersTag(target, digest, manifest);
  for (const tag of tags) await target.putManifest(manifest, tag);
}

/** `sha256-<hex>`: where the index of referrers is in registries without a list of their own. */
export function referrersTag(digest: string): string {
  return `sha256-${hexOf(digest)}`;
}

async function readReferrersTag(source: ImageSource, digest: string): Promise<readonly Descriptor[]> {
  const found = await source.readManifest(referrersTag(digest));
  if (found === undefined || found.descriptor.mediaType !== mediaTypes.index) return [];
  const about = { what: 'Index of referrers', digest: found.descriptor.digest, location: source.location };
  return parseDocument(ImageIndex, found.bytes, about).manifests;
}

async function addToReferrersTag(target: ImageTarget, digest: string, manifest: ManifestBytes): Promise<void> {
  const known = await readReferrersTag(target, digest);
  if (known.some((one) => one.digest === manifest.descriptor.digest)) return;
  const manifests = [...known, referrerDescriptor(manifest)];
  const index = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  await target.putManifest(index, referrersTag(digest));
}

/** As a list of referrers names an artifact: with its type and annotations. */
function referrerDescriptor(manifest: ManifestBytes): Descriptor {
  const { artifactType, config, annotations } = read(manifest);
  return {
    ...manifest.descriptor,
    artifactType: artifactType ?? config.mediaType,
    annotations,
  };
}

function read({ bytes, descriptor }: ManifestBytes): ImageManifest {
  return parseDocument(ImageManifest, bytes, { what: 'Manifest', digest: descriptor.digest, location: 'an artifact' });
}
