import * as z from 'zod';

export const LogSection = z
  .object({
    name: z.string().describe('Name of the section.'),
    first: z.number().int().describe('The line with the headline.'),
    last: z.number().int().optional().describe('The last line that folds away; absent while the section is open.'),
    collapsed: z.boolean().describe('Whether it is folded at first.'),
    seconds: z.number().optional().describe('Seconds between the two marks.'),
  })
  .meta({
    id: 'LogSection',
    description: 'A foldable part of a log, from GitLab’s `section_start` and `section_end` marks. Lines count from 1.',
  });
export type LogSection = z.infer<typeof LogSection>;

export const LogIndex = z
  .object({
    size: z.number().int().describe('Bytes.'),
    lines: z.number().int().describe('A last line without its end counts too.'),
    checkpoints: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .describe(
        'Pairs of a line (from 1) and the byte where it begins, ascending; the first is `[1, 0]`. Between ' +
          'two of them are at most 200 lines, and only the last of those reaches beyond 64 KiB. With `since`, ' +
          'only pairs from that byte on.',
      ),
    sections: z.array(LogSection).describe('Foldable parts, in their order.'),
    firstError: z.number().int().optional().describe('The line of the error that the job’s failure is shown with.'),
    lastError: z
      .number()
      .int()
      .optional()
      .describe('The line of the last error: the same as `firstError`, or after it.'),
    cut: z.number().int().optional().describe('The line with the runner’s notice that it cut the log.'),
  })
  .meta({
    id: 'LogIndex',
    description: 'Where lines begin in a log of any size, so that a part of it can be fetched with `Range`.',
  });
export type LogIndex = z.infer<typeof LogIndex>;
