import * as z from 'zod';
import { ImageView } from './image-view.ts';

export const ImagePackage = z
  .object({
    name: z.string().describe('Name of the package.'),
    version: z.string().describe('Version of the package.'),
    hash: z.string().describe('Spack’s hash of the package; of images without records its first characters.'),
    variants: z.string().optional().describe('As Spack prints them.'),
  })
  .meta({ id: 'ImagePackage', description: 'A package in an image.' });
export type ImagePackage = z.infer<typeof ImagePackage>;

export const ChangedImagePackage = z
  .object({
    name: z.string().describe('Name of the package.'),
    kind: z
      .enum(['version', 'variants', 'rebuilt'])
      .describe('`rebuilt`: the same version and variants, of other dependencies, patches or recipe.'),
    from: ImagePackage,
    to: ImagePackage,
  })
  .meta({ id: 'ChangedImagePackage', description: 'A package that two images have in different builds.' });
export type ChangedImagePackage = z.infer<typeof ChangedImagePackage>;

export const ChangedSetting = z
  .object({
    name: z
      .string()
      .describe('`base`, `user`, a variable of the environment as `env PATH`, or a label as `label NAME`.'),
    from: z.string().optional().describe('Value before; absent if it is new.'),
    to: z.string().optional().describe('Value after; absent if it is gone.'),
  })
  .meta({ id: 'ChangedSetting', description: 'A setting that differs between two images.' });
export type ChangedSetting = z.infer<typeof ChangedSetting>;

export const PlatformDifference = z
  .object({
    platform: z.string().describe('`linux/arm64/v8`'),
    added: z.array(ImagePackage).describe('Packages that only the newer image has.'),
    removed: z.array(ImagePackage).describe('Packages that only the older image has.'),
    changed: z.array(ChangedImagePackage).describe('Packages that both have in different builds.'),
    same: z.number().int().describe('How many packages are in both as they are.'),
    newLayers: z.number().int().describe('Layers that the older image lacks.'),
    newBytes: z.number().int().describe('Bytes of these layers: what an update downloads.'),
    size: z
      .object({
        from: z.number().int().optional().describe('Bytes of the older image.'),
        to: z.number().int().optional().describe('Bytes of the newer image.'),
      })
      .describe('Bytes of all layers as stored; absent for an image that lacks the platform.'),
    settings: z.array(ChangedSetting).describe('Differences of base, environment, labels and other settings.'),
  })
  .meta({ id: 'PlatformDifference', description: 'What differs between two images for one platform.' });
export type PlatformDifference = z.infer<typeof PlatformDifference>;

export const ImageComparison = z
  .object({
    from: ImageView,
    to: ImageView,
    platforms: z.array(PlatformDifference).describe('Differences for each platform that one of them has.'),
  })
  .meta({ id: 'ImageComparison', description: 'What one image changes compared with another.' });
export type ImageComparison = z.infer<typeof ImageComparison>;
