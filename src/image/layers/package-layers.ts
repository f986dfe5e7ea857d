import { createHash } from 'node:crypto';
import { layerCompression, type Blob } from '../../oci/index.ts';
import type { BuildcacheName } from '../../spack/index.ts';
import type { PlacedPackage } from '../contents/placed-package.ts';
import { describePackage, type PlannedLayer, type PlannedPackage, type PublishedLayers } from '../plan.ts';
import type { Compression, LayerMaker } from './layer-cache.ts';
import { joinedTar } from './layer-tar.ts';

/** One layer of an image: bytes, the digest of its tar, and its line in the history. */
export interface ImageLayer {
  readonly blob: Blob;
  readonly diffId: string;
  readonly createdBy: string;
}

/** `stored`: as the mirror has it, which costs nothing. */
type LayerCompression = 'stored' | Compression;

/** On a layer's descriptor: `name@version/hash` of each package in it, with blanks between. */
export const PACKAGES_ANNOTATION = 'io.slipway.packages';

interface PackageLayerParts {
  /** By DAG hash. */
  readonly placed: ReadonlyMap<string, PlacedPackage>;
  readonly make: LayerMaker;
  readonly compression: LayerCompression;
}

/** A layer of packages: the mirror's tarball as it is where that will do, otherwise made once of those tarballs. */
export async function packageLayer({ packages }: PlannedLayer, parts: PackageLayerParts): Promise<ImageLayer> {
  const placed = packages.map(({ node }) => parts.placed.get(node.hash) as PlacedPackage);
  const blobs = placed.map(({ blob }) => blob);
  const annotations: Record<string, string> = { [PACKAGES_ANNOTATION]: packagesText(packages) };
  if (placed.some(({ isMade }) => isMade)) annotations[RELOCATED_ANNOTATION] = 'true';
  const createdBy = `slipway: ${packages.map(({ node }) => describePackage(node)).join(' ')}`;
  const [only, ...others] = placed;
  const stored = layerCompression(only?.blob.descriptor.mediaType ?? '');
  if (only !== undefined && others.length === 0 && ['stored', stored].includes(parts.compression))
    return { blob: annotated(only.blob, annotations), diffId: only.facts.diffId, createdBy };
  const made = await parts.make({
    key: blobs.map(({ descriptor }) => descriptor.digest).join('\n'),
    compression: parts.compression === 'stored' ? 'gzip' : parts.compression,
    tar: () => joinedTar(blobs),
  });
  return { blob: annotated(made.blob, annotations), diffId: made.diffId, createdBy };
}

/** On a layer whose packages are not the mirror's tarballs as they are, but made to work in another install tree. */
const RELOCATED_ANNOTATION = 'io.slipway.relocated';

/** On the descriptor of a layer of the build cache: the same. */
export const MIRROR_ANNOTATION = 'io.slipway.mirror';

/** The packages of a layer, for an annotation. */
export function packagesText(packages: readonly PlannedPackage[]): string {
  return packages.map(({ node }) => `${node.name}@${node.version}/${node.hash}`).join(' ');
}

/** Reads the packages of each layer of an image from the annotations of its descriptors. */
export function publishedGroups(
  layers: readonly { readonly annotations?: Readonly<Record<string, string>> }[],
): PublishedLayers {
  const read = (name: string) =>
    layers.flatMap(({ annotations }) => {
      const text = annotations?.[name];
      return text === undefined ? [] : [text.split(' ').map(readPackage)];
    });
  return { packages: read(PACKAGES_ANNOTATION), mirror: read(MIRROR_ANNOTATION) };
}

/** Reads `name@version/hash`. */
export function readPackage(text: string): BuildcacheName {
  const [, name = '', version = '', hash = ''] = /^([^@]*)@(.*)\/(.*)$/.exec(text) ?? [];
  return { name, version, hash };
}

/** Digest of the tar of these layers joined into one. */
export async function joinedDiffId(blobs: readonly Blob[]): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of joinedTar(blobs)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

export function annotated(blob: Blob, annotations: Readonly<Record<string, string>>): Blob {
  return { ...blob, descriptor: { ...blob.descriptor, annotations } };
}
