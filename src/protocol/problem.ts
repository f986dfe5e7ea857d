import * as z from 'zod';

/** What went wrong, as the body of an answer with status 4xx or 5xx. */
export const Problem = z.object({
  /** One of docs/reference/errors.md. */
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
