import type { NamedImage } from '../oci/index.ts';
import { diffImages, heldPackages, type HeldImage, type ImageDifference } from './diff-images.ts';
import { imagesOf, platformOf, platformText, readPublished } from './publish/publishable.ts';

interface PlatformDifference extends ImageDifference {
  readonly platform: string;
}

const nothing: HeldImage = { packages: [] };

/** Compares two images, or the images of two indexes for each platform that one of them has. */
export async function diffPublished(a: NamedImage, b: NamedImage): Promise<readonly PlatformDifference[]> {
  const [before, after] = [await imagesByPlatform(a), await imagesByPlatform(b)];
  const platforms = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return platforms.map((platform) => ({
    platform,
    ...diffImages(before.get(platform) ?? nothing, after.get(platform) ?? nothing),
  }));
}

/** Reads the images of a reference with their packages, by platform. */
export async function imagesByPlatform({ target, reference }: NamedImage): Promise<ReadonlyMap<string, HeldImage>> {
  const images = new Map<string, HeldImage>();
  for (const image of imagesOf(await readPublished(target, reference)))
    images.set(platformText(platformOf(image)), { image, packages: await heldPackages(target, image) });
  return images;
}
