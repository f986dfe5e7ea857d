import * as z from 'zod';
import { Url } from './formats.ts';
import { ImageView, RebaseView } from './image-view.ts';

export const ImageRetryRequest = z
  .strictObject({ replace: z.boolean().default(false).describe('Whether the image overwrites its tag.') })
  .meta({ id: 'ImageRetryRequest', description: 'How to publish an image again.' });

export const RebaseRequest = z
  .strictObject({
    images: z
      .array(z.string().min(1).max(512))
      .max(100)
      .default([])
      .describe('Images as `repository:tag` or `repository`; without any, the newest of each rule.'),
    check: z.boolean().default(false).describe('Whether to only report, and build nothing.'),
  })
  .meta({ id: 'RebaseRequest', description: 'Images to build again on the newest base.' });

export const ImageAction = ImageView.extend({
  status: ImageView.shape.state,
  url: Url.describe('Page of the image.'),
}).meta({ id: 'ImageAction', description: 'An image after an action on it.' });
export type ImageAction = z.infer<typeof ImageAction>;

export const ImageActionList = z
  .object({ images: z.array(ImageAction).describe('Images that are published again.') })
  .meta({ id: 'ImageActionList', description: 'The images that an action concerned.' });

export const RebaseList = z
  .object({ images: z.array(RebaseView).describe('One for each image that was checked.') })
  .meta({ id: 'RebaseList', description: 'The bases of the images that a request named.' });
