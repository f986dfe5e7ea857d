import * as z from 'zod';

export const LogHit = z
  .object({
    line: z.number().int().describe('From 1.'),
    ranges: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .describe(
        'First and last character (excluded) of the first matches in the line as it is shown: without ' +
          'escapes, marks and timestamps.',
      ),
  })
  .meta({ id: 'LogHit', description: 'A line of a log that contains a match.' });
export type LogHit = z.infer<typeof LogHit>;

export const LogSearch = z
  .object({
    hits: z.array(LogHit).describe('Lines that match, in their order.'),
    searched: z.number().int().describe('The last line that was searched.'),
    lines: z.number().int().describe('Lines of the log.'),
    complete: z
      .boolean()
      .describe('Whether all lines up to the end were searched. Otherwise continue with `after=<searched>`.'),
  })
  .meta({ id: 'LogSearch', description: 'Lines of a log that contain a text or match a pattern, in their order.' });
export type LogSearch = z.infer<typeof LogSearch>;
