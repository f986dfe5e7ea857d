import { ImageIndex, ImageManifest, isIndexType } from '../oci/index.ts';
import type { Image, ImageSource, ManifestBytes } from '../oci/index.ts';
import type { Lockfile } from '../spack/index.ts';
import { architecturesOf } from './architecture.ts';
import { assembleImage } from './assemble.ts';
import type { AssembleOptions } from './assemble.ts';
import { openBase } from './base.ts';
import type { ImageDefinition } from './definition.ts';
import { imageError } from './errors.ts';
import type { OpenBaseOptions } from './base.ts';
import { publishedGroups } from './layers/package-layers.ts';
import { layerRoom, packagesOf, planImage } from './plan.ts';
import type { ImageContents, ImagePlan, PackageEntry, PublishedLayers } from './plan.ts';
import type { Publishable } from './publish.ts';

export interface BuildOptions extends Omit<AssembleOptions, 'plan' | 'base'> {
  readonly lock: Lockfile;
  /** By DAG hash; from the mirror, with signatures verified. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  readonly allowUnsigned?: boolean | undefined;
  /** Locks of the stack's past, oldest first. */
  readonly history?: readonly Lockfile[];
  /** Where the image is published under `tag`: its layers are kept as they are as far as that is good. */
  readonly previous?: ImageSource | undefined;
  readonly tag?: string;
  /** How the base is found. */
  readonly baseOptions?: Omit<OpenBaseOptions, 'architecture'>;
  /** Hears each plan before it is carried out. */
  readonly onPlan?: (plan: ImagePlan) => void;
}

/**
 * Plans and assembles the image of a lock; where its packages are for several processors, one image for each, which are
 * published together under one index.
 */
export async function buildImages(options: BuildOptions): Promise<Publishable> {
  const architectures = architecturesOf(packagesOf(options.lock, contentsOf(options.definition)));
  const images: Image[] = [];
  for (const architecture of architectures) images.push(await buildImage(options, architecture));
  return images.length === 1 ? (images[0] as Image) : images;
}

/** What a definition's image holds; a Dockerfile's is not made here. */
export function contentsOf({ contents }: Pick<ImageDefinition, 'contents'>): ImageContents {
  if (contents === 'dockerfile') throw imageError('IMAGE_NEEDS_BUILD');
  return contents;
}

async function buildImage(options: BuildOptions, architecture: string): Promise<Image> {
  const { definition, lock, entries, allowUnsigned = false, history, baseOptions = {} } = options;
  const base = await openBase(definition.base, { ...baseOptions, architecture });
  const room = layerRoom(base === undefined ? 0 : base.image.blobs.length - 1);
  const plan = planImage({
    lock,
    entries,
    allowUnsigned,
    architecture,
    layerLimit: Math.min(definition.layers ?? room, room),
    history,
    contents: contentsOf(definition),
    previous: await readPrevious(options, architecture),
  });
  options.onPlan?.(plan);
  return assembleImage({ ...options, plan, base });
}

/** The layers of what is published now. What cannot be read is no reason to fail: the layers are then laid out anew. */
async function readPrevious(
  { previous, tag }: BuildOptions,
  architecture: string,
): Promise<PublishedLayers | undefined> {
  if (previous === undefined || tag === undefined) return undefined;
  const found = await previous.readManifest(tag).catch(() => undefined);
  if (found === undefined) return undefined;
  const manifest = isIndexType(found.descriptor.mediaType) ? await chosen(previous, found, architecture) : found;
  const parsed =
    manifest === undefined ? undefined : ImageManifest.safeParse(JSON.parse(manifest.bytes.toString('utf8'))).data;
  return parsed === undefined ? undefined : publishedGroups(parsed.layers);
}

async function chosen(
  source: ImageSource,
  index: ManifestBytes,
  architecture: string,
): Promise<ManifestBytes | undefined> {
  const parsed = ImageIndex.safeParse(JSON.parse(index.bytes.toString('utf8')));
  const one = parsed.data?.manifests.find(({ platform }) => platform?.architecture === architecture);
  return one === undefined ? undefined : source.readManifest(one.digest).catch(() => undefined);
}
