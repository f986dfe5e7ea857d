import * as z from 'zod';

/** One variable of a job. Values are always text; of two with one key the later wins. */
export const JobVariable = z.object({
  key: z.string(),
  value: z.string(),
  public: z.boolean().optional(),
  /** The runner replaces the value in the log. */
  masked: z.boolean().optional(),
  /** The runner writes the value to a file and exports the file's path. */
  file: z.boolean().optional(),
  /** No expansion of `$` in the value. */
  raw: z.boolean().optional(),
});
export type JobVariable = z.infer<typeof JobVariable>;
