import * as z from 'zod';
import { Time, Url } from './formats.ts';

export const BaseView = z
  .object({
    platform: z.string().describe('`linux/arm64/v8`'),
    reference: z.string().describe('Name of the image.'),
    image: z.string().describe('Digest of the image that was built on it.'),
    before: z.string().describe('Digest of the base that the image was built on.'),
    after: z.string().describe('Digest that the reference names now.'),
  })
  .meta({ id: 'BaseView', description: 'What the base of an image was, and what its reference names now.' });

export const ImageView = z
  .object({
    id: z.string().describe('Decimal.'),
    stack: z.string().describe('Name of the stack.'),
    repository: z.string().describe('Repository of the image.'),
    tag: z.string().describe('Tag of the image.'),
    refType: z.enum(['branch', 'tag', 'pull-request']).describe('`pull-request`: a preview.'),
    ref: z.string().describe('Branch or tag whose rule it was; `pull/<number>`.'),
    commit: z.string().describe('Commit that the image is made of.'),
    actor: z.string().optional().describe('Account that pushed it, if its rule requires that and it is known.'),
    state: z
      .enum(['waiting', 'published', 'refused', 'failed', 'removed'])
      .describe('`removed`: a preview whose pull request is over.'),
    pipeline: z.string().optional().describe('The pipeline that tested it, a protected one but for previews.'),
    reference: z.string().optional().describe('Name of the image.'),
    digest: z.string().optional().describe('Digest.'),
    message: z.string().optional().describe('Why it is not published, or not removed.'),
    attempts: z.number().int().optional().describe('How many attempts at publishing it have failed.'),
    retryAt: Time.optional().describe('When it is tried again; `waiting` until then.'),
    layers: z.number().int().optional().describe('How many layers it has.'),
    layersUploaded: z.number().int().optional().describe('How many of them are in the registry.'),
    bytesUploaded: z.number().int().optional().describe('Bytes that were uploaded.'),
    bytesTotal: z.number().int().optional().describe('Bytes of all layers.'),
    rebase: z
      .object({
        of: z.string().describe('Id of the image that it replaces.'),
        replaces: z.string().describe('Digest of that image.'),
        by: z.string().describe('Who requested it, as the audit log names them; `schedule`.'),
        tag: z.string().describe('The tag that the rule makes; the image has another where tags do not move.'),
        bases: z.array(BaseView).readonly().describe('Its bases, one for each platform.'),
      })
      .optional()
      .describe('The image was published before, and is built again because its base has moved.'),
    createdAt: Time.describe('When it was requested.'),
    finishedAt: Time.optional().describe('When it was published or given up.'),
  })
  .meta({ id: 'ImageView', description: 'An image that a rule for a ref requested, and its state.' });
export type ImageView = z.infer<typeof ImageView>;

export const PullView = z
  .object({
    tag: z.string().describe('`host/repository:tag`.'),
    digest: z.string().describe('`host/repository@sha256:…`: these bytes, for ever.'),
    insecure: z.boolean().describe('Whether the registry speaks HTTP without TLS.'),
    mirror: Url.optional().describe('Spack mirror with the packages of its lock alone; absent for previews.'),
  })
  .meta({ id: 'PullView', description: 'How an image is had by engines and tools.' });
export type PullView = z.infer<typeof PullView>;

export const RebaseView = z
  .object({
    image: ImageView,
    state: z
      .enum(['current', 'moved', 'fixed', 'unknown'])
      .describe('`fixed`: it has no base, or one that a digest pins; `unknown`: `message` has the reason.'),
    bases: z.array(BaseView).readonly().describe('Its bases, one for each platform.'),
    message: z
      .string()
      .optional()
      .describe('Why the image is not built on the new base, or why it is unknown whether there is one.'),
    rebuilt: ImageView.extend({ url: Url.describe('Page of the image.') })
      .optional()
      .describe('The image that is built on the new base.'),
  })
  .meta({ id: 'RebaseView', description: 'How the base of a published image stands.' });
export type RebaseView = z.infer<typeof RebaseView>;

export const LayerView = z
  .object({
    digest: z.string().describe('Digest.'),
    mediaType: z.string().describe('Media type.'),
    size: z.number().int().describe('Bytes as stored.'),
    from: z
      .enum(['packages', 'cache', 'own', 'base'])
      .describe('Packages of the mirror, a build cache, the stack’s own files and views, or the base image.'),
    packages: z
      .array(z.string())
      .describe('`name@version/hash` of each; empty for layers of the base and of the stack’s own files.'),
  })
  .meta({ id: 'LayerView', description: 'A layer of an image, and what is in it.' });
export type LayerView = z.infer<typeof LayerView>;

export const ImageContents = z
  .object({
    platform: z.string().describe('`linux/arm64/v8`'),
    digest: z.string().describe('Digest of the manifest for the platform.'),
    base: z
      .object({
        reference: z.string().describe('Name of the base.'),
        digest: z.string().describe('Digest of the base.'),
      })
      .optional()
      .describe('The image that it is built on.'),
    lock: z.string().optional().describe('Digest of the lock that it is made of.'),
    mediaType: z.string().describe('Media type.'),
    layers: z.array(LayerView).describe('Layers, the lowest first.'),
    environment: z.array(z.string()).describe('Environment, one `NAME=value` each.'),
    entrypoint: z.array(z.string()).describe('Entrypoint.'),
    command: z.array(z.string()).describe('Default arguments.'),
    user: z.string().optional().describe('User that it runs as.'),
    workdir: z.string().optional().describe('Working directory.'),
    labels: z.record(z.string(), z.string()).describe('Labels of the image.'),
  })
  .meta({
    id: 'ImageContents',
    description: 'The manifest and configuration of a published image for one platform.',
  });
export type ImageContents = z.infer<typeof ImageContents>;

export const ImageDetail = z
  .object({
    image: ImageView,
    pull: PullView.optional().describe('Absent unless it is published.'),
    contents: z.array(ImageContents).optional().describe('Its contents for each platform.'),
    previous: ImageView.optional().describe(
      'The image that its tag named before; of the first one, the last image of its repository before it.',
    ),
    next: ImageView.optional().describe('The image that its tag named next.'),
    unreadable: z.string().optional().describe('Why the contents are not here although the image was published.'),
  })
  .meta({ id: 'ImageDetail', description: 'An image with its contents, and how to pull it.' });
export type ImageDetail = z.infer<typeof ImageDetail>;

export const ImageList = z
  .object({
    images: z.array(ImageView).describe('Images of the page, the newest first.'),
    next: z.string().optional().describe('Value of `before` for the next page; absent on the last one.'),
  })
  .meta({ id: 'ImageList', description: 'One page of the images of a stack.' });
export type ImageList = z.infer<typeof ImageList>;
