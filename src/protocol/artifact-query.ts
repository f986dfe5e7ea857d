import * as z from 'zod';

export const ArtifactFormat = z.enum(['zip', 'gzip', 'raw']);
export type ArtifactFormat = z.infer<typeof ArtifactFormat>;

/** Options of an upload, in the query; older clients send them as fields of the form. */
export const ArtifactQuery = z.object({
  /** `archive`, or the kind of a report: `dotenv`, `junit`, … */
  artifact_type: z
    .string()
    .regex(/^[a-z_]+$/)
    .default('archive'),
  artifact_format: ArtifactFormat.default('zip'),
  /** Natural language, such as `30 days`. */
  expire_in: z.string().optional(),
});
export type ArtifactQuery = z.infer<typeof ArtifactQuery>;
