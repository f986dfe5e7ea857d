import * as z from 'zod';

/** A line of a log that contains a match. */
export const LogHit = z.object({
  /** From 1. */
  line: z.number().int(),
  /**
   * First and last character (excluded) of the first matches in the line as it is shown: without escapes, marks and
   * timestamps.
   */
  ranges: z.array(z.tuple([z.number().int(), z.number().int()])),
});
export type LogHit = z.infer<typeof LogHit>;

/** Lines of a log that contain a text or match a pattern, in their order. */
export const LogSearch = z.object({
  hits: z.array(LogHit),
  /** The last line that was searched. */
  searched: z.number().int(),
  /** Lines of the log. */
  lines: z.number().int(),
  /** Whether all lines up to the end were searched. Otherwise continue with `after=<searched>`. */
  complete: z.boolean(),
});
export type LogSearch = z.infer<typeof LogSearch>;
