import * as z from 'zod';

/** No leading dash: these become arguments of git, where it would make them options. */
const Argument = z.string().regex(/^[^-\s]/, 'must not begin with a dash');

/** Where a job's sources come from. All is absent for a job without sources. */
export const GitInfo = z.object({
  repo_url: Argument.optional(),
  ref: z.string().optional(),
  /** At least 8 digits: GitLab's runner cuts the first eight out. */
  sha: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/, 'must be 8 to 64 hexadecimal digits')
    .optional(),
  before_sha: z.string().optional(),
  ref_type: z.enum(['branch', 'tag']).optional(),
  refspecs: z.array(Argument).readonly().nullish(),
  /** Commits to fetch; 0 is all. */
  depth: z.number().int().min(0).nullish(),
  repo_object_format: z.string().optional(),
  protected: z.boolean().nullish(),
});
export type GitInfo = z.infer<typeof GitInfo>;
