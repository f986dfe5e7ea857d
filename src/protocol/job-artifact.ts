import * as z from 'zod';
import { ArtifactFormat } from './artifact-query.ts';

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
