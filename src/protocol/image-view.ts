import { z } from 'zod';

/** An image that a ref's rule asked for, and what became of it. */
export const ImageView = z.object({
  stack: z.string(),
  repository: z.string(),
  tag: z.string(),
  /** Branch or tag whose rule it was. */
  ref: z.string(),
  commit: z.string(),
  state: z.enum(['waiting', 'published', 'refused', 'failed']),
  /** The protected pipeline that tested it. */
  pipeline: z.string().optional(),
  reference: z.string().optional(),
  digest: z.string().optional(),
  /** Why it is not published. */
  message: z.string().optional(),
  layers: z.number().int().optional(),
  layersUploaded: z.number().int().optional(),
  bytesUploaded: z.number().int().optional(),
  bytesTotal: z.number().int().optional(),
});
export type ImageView = z.infer<typeof ImageView>;
