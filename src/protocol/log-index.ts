import * as z from 'zod';

/** A foldable part of a log, from GitLab's `section_start` and `section_end` marks. Lines count from 1. */
export const LogSection = z.object({
  name: z.string(),
  /** The line with the headline. */
  first: z.number().int(),
  /** The last line that folds away; absent while the section is open. */
  last: z.number().int().optional(),
  collapsed: z.boolean(),
  /** Seconds between the two marks. */
  seconds: z.number().optional(),
});
export type LogSection = z.infer<typeof LogSection>;

/** Where lines begin in a log of any size, so that a part of it can be fetched with `Range`. */
export const LogIndex = z.object({
  /** Bytes. */
  size: z.number().int(),
  /** A last line without its end counts too. */
  lines: z.number().int(),
  /**
   * Pairs of a line (from 1) and the byte where it begins, ascending; the first is `[1, 0]`. Between two of them are at
   * most 200 lines, and only the last of those reaches beyond 64 KiB. With `since`, only pairs from that byte on.
   */
  checkpoints: z.array(z.tuple([z.number().int(), z.number().int()])),
  sections: z.array(LogSection),
  /** The line of the error that the job’s failure is shown with. */
  firstError: z.number().int().optional(),
  /** The line of the last error: the same as `firstError`, or after it. */
  lastError: z.number().int().optional(),
  /** The line with the runner's notice that it cut the log. */
  cut: z.number().int().optional(),
});
export type LogIndex = z.infer<typeof LogIndex>;
