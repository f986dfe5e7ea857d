import * as z from 'zod';

/** What the base of an image was, and what its reference names now. */
export const BaseView = z.object({
  /** `linux/arm64/v8` */
  platform: z.string(),
  reference: z.string(),
  /** Digest of the image that was built on it. */
  image: z.string(),
  /** Digest of the base that the image was built on. */
  before: z.string(),
  after: z.string(),
});

/** An image that a rule for a ref requested, and its state. */
export const ImageView = z.object({
  /** Decimal. */
  id: z.string(),
  stack: z.string(),
  repository: z.string(),
  tag: z.string(),
  /** `pull-request`: a preview. */
  refType: z.enum(['branch', 'tag', 'pull-request']),
  /** Branch or tag whose rule it was; `pull/<number>`. */
  ref: z.string(),
  commit: z.string(),
  /** Account that pushed it, if its rule requires that and it is known. */
  actor: z.string().optional(),
  /** `removed`: a preview whose pull request is over. */
  state: z.enum(['waiting', 'published', 'refused', 'failed', 'removed']),
  /** The pipeline that tested it, a protected one but for previews. */
  pipeline: z.string().optional(),
  reference: z.string().optional(),
  digest: z.string().optional(),
  /** Why it is not published, or not removed. */
  message: z.string().optional(),
  /** How many attempts at publishing it have failed. */
  attempts: z.number().int().optional(),
  /** When it is tried again; `waiting` until then. */
  retryAt: z.string().optional(),
  layers: z.number().int().optional(),
  layersUploaded: z.number().int().optional(),
  bytesUploaded: z.number().int().optional(),
  bytesTotal: z.number().int().optional(),
  /** The image was published before, and is built again because its base has moved. */
  rebase: z
    .object({
      /** Id of the image that it replaces. */
      of: z.string(),
      /** Digest of that image. */
      replaces: z.string(),
      /** Who requested it, as the audit log names them; `schedule`. */
      by: z.string(),
      /** The tag that the rule makes; the image has another where tags do not move. */
      tag: z.string(),
      bases: z.array(BaseView).readonly(),
    })
    .optional(),
  createdAt: z.string(),
  finishedAt: z.string().optional(),
});
export type ImageView = z.infer<typeof ImageView>;

/** How an image is had by engines and tools. */
export const PullView = z.object({
  /** `host/repository:tag`. */
  tag: z.string(),
  /** `host/repository@sha256:…`: these bytes, for ever. */
  digest: z.string(),
  /** Whether the registry speaks HTTP without TLS. */
  insecure: z.boolean(),
});
export type PullView = z.infer<typeof PullView>;

/** How the base of a published image stands. */
export const RebaseView = z.object({
  image: ImageView,
  /** `fixed`: it has no base, or one that a digest pins; `unknown`: `message` has the reason. */
  state: z.enum(['current', 'moved', 'fixed', 'unknown']),
  bases: z.array(BaseView).readonly(),
  /** Why the image is not built on the new base, or why it is unknown whether there is one. */
  message: z.string().optional(),
  /** The image that is built on the new base. */
  rebuilt: ImageView.extend({ url: z.string() }).optional(),
});
export type RebaseView = z.infer<typeof RebaseView>;

export const LayerView = z.object({
  digest: z.string(),
  mediaType: z.string(),
  /** Bytes as stored. */
  size: z.number().int(),
  /** Packages of the mirror, a build cache, the stack's own files and views, or the base image. */
  from: z.enum(['packages', 'cache', 'own', 'base']),
  /** `name@version/hash` of each; empty for layers of the base and of the stack's own files. */
  packages: z.array(z.string()),
});
export type LayerView = z.infer<typeof LayerView>;

/** The manifest and configuration of a published image; from the lowest layer up. */
export const ImageContents = z.object({
  mediaType: z.string(),
  layers: z.array(LayerView),
  architecture: z.string(),
  os: z.string(),
  environment: z.array(z.string()),
  entrypoint: z.array(z.string()),
  command: z.array(z.string()),
  user: z.string().optional(),
  workdir: z.string().optional(),
  labels: z.record(z.string(), z.string()),
});
export type ImageContents = z.infer<typeof ImageContents>;

export const ImageDetail = z.object({
  image: ImageView,
  /** Absent unless it is published. */
  pull: PullView.optional(),
  contents: ImageContents.optional(),
  /** Why the contents are not here although the image was published. */
  unreadable: z.string().optional(),
});
export type ImageDetail = z.infer<typeof ImageDetail>;
