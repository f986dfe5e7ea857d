import * as z from 'zod';

export const ArtifactFormat = z.enum(['zip', 'gzip', 'raw']);
export type ArtifactFormat = z.infer<typeof ArtifactFormat>;

/** One archive or report that a job leaves behind. */
export const JobArtifact = z.object({
  name: z.string().nullish(),
  untracked: z.boolean().nullish(),
  /** Patterns relative to the project folder: `*`, `?`, `[…]`, `{a,b}`, and `**` over folders. */
  paths: z.array(z.string()).readonly().nullish(),
  exclude: z.array(z.string()).readonly().nullish(),
  when: z.enum(['', 'on_success', 'on_failure', 'always']).nullish(),
  artifact_type: z.string().default('archive'),
  artifact_format: ArtifactFormat.nullish(),
  expire_in: z.string().nullish(),
});
export type JobArtifact = z.infer<typeof JobArtifact>;

/** Options of an upload, in the query; older clients send them as fields of the form. */
export const ArtifactQuery = z.object({
  /** `archive`, or the kind of a report: `dotenv`, `junit`, … */
  artifact_type: z
    .string()
    .regex(/^[a-z_]+$/)
    .default('archive'),
  artifact_format: ArtifactFormat.default('zip'),
});
