import { layersOf, type NamedImage } from '../oci/index.ts';
import { diffImages, type HeldImage, type ImageDifference } from './diff-images.ts';
import { imagesByPlatform } from './diff-published.ts';
import { diffSettings } from './diff-settings.ts';

interface ComparedPlatform extends ImageDifference {
  readonly platform: string;
  /** Bytes of all layers; undefined for an image that lacks the platform. */
  readonly size: { readonly from: number | undefined; readonly to: number | undefined };
  readonly settings: ReturnType<typeof diffSettings>;
}

const nothing: HeldImage = { packages: [] };

/** Compares packages, layers and settings of two images, for each platform that one of them has. */
export async function comparePublished(a: NamedImage, b: NamedImage): Promise<readonly ComparedPlatform[]> {
  const [before, after] = await Promise.all([imagesByPlatform(a), imagesByPlatform(b)]);
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().map((platform) => {
    const [from, to] = [before.get(platform) ?? nothing, after.get(platform) ?? nothing];
    return {
      platform,
      ...diffImages(from, to),
      size: { from: sizeOf(from), to: sizeOf(to) },
      settings: diffSettings(from.image, to.image),
    };
  });
}

function sizeOf({ image }: HeldImage): number | undefined {
  return image && layersOf(image).reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}
