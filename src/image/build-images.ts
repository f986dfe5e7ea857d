import { layersOf, readImage, type Image, type ImageSource } from '../oci/index.ts';
import { assembleImage, type AssembleOptions } from './assemble.ts';
import { openBase, type OpenBaseOptions } from './base.ts';
import type { ImageDefinition } from './definition.ts';
import { imageError } from './errors.ts';
import { imageParts, type ImageLock, type ImagePart } from './image-lock.ts';
import { publishedGroups } from './layers/package-layers.ts';
import {
  packageLayers,
  planImage,
  type ImageContentKind,
  type ImagePlan,
  type PackageEntry,
  type PublishedLayers,
} from './plan.ts';
import { indexImages, type Publishable } from './publish/publishable.ts';

type FromLock = 'lockDigest' | 'environment' | 'environmentFolder';

export interface BuildOptions extends Omit<AssembleOptions, FromLock | 'plan' | 'base'> {
  /** One; or several, each for other platforms. */
  readonly locks: readonly ImageLock[];
  /** By DAG hash; from the mirror, with signatures verified. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  readonly allowUnsigned?: boolean;
  /** Where the image is published under `tag`: its layers are kept as they are as far as that is good. */
  readonly previous?: ImageSource;
  readonly tag?: string;
  /** How the base is found. */
  readonly baseOptions?: Omit<OpenBaseOptions, 'architecture' | 'variant'>;
  /** Called with each plan before it is carried out. */
  readonly onPlan?: (plan: ImagePlan) => void;
}

/**
 * Plans and assembles the images of locks: one for each platform that packages are for, which are published together
 * under one index if there are several.
 */
export async function buildImages(options: BuildOptions): Promise<Publishable> {
  const parts = imageParts(options.locks, contentsOf(options.definition));
  const images: Image[] = [];
  for (const part of parts) images.push(await buildImage(options, part));
  return images.length === 1 ? (images[0] as Image) : indexImages(images);
}

/** Returns the kind of content of an image; throws for one that a Dockerfile builds. */
export function contentsOf({ contents }: Pick<ImageDefinition, 'contents'>): ImageContentKind {
  if (contents === 'dockerfile') throw imageError('IMAGE_NEEDS_BUILD');
  return contents;
}

async function buildImage(options: BuildOptions, part: ImagePart): Promise<Image> {
  const { definition, entries, allowUnsigned = false, baseOptions = {} } = options;
  const { lock, architecture, variant } = part;
  const base = await openBase(definition.base, { ...baseOptions, architecture, variant });
  const available = packageLayers(base === undefined ? 0 : base.image.blobs.length - 1);
  const plan = planImage({
    lock: lock.lock,
    entries,
    allowUnsigned,
    architecture,
    variant,
    layerLimit: Math.min(definition.layers ?? available, available),
    history: lock.history,
    contents: contentsOf(definition),
    previous: await readPrevious(options, part),
  });
  options.onPlan?.(plan);
  const { digest: lockDigest, environment, environmentFolder } = lock;
  return assembleImage({ ...options, plan, base, lockDigest, environment, environmentFolder });
}

/** Reads the layers of the published image. If it cannot be read, the layers are planned from scratch. */
async function readPrevious(
  { previous, tag }: BuildOptions,
  { architecture, variant }: ImagePart,
): Promise<PublishedLayers | undefined> {
  if (previous === undefined || tag === undefined) return undefined;
  const found = await readImage(previous, tag, { os: 'linux', architecture, variant }).catch(() => undefined);
  return found === undefined ? undefined : publishedGroups(layersOf(found).map(({ descriptor }) => descriptor));
}
