import { Cron } from 'croner';
import * as z from 'zod';

const times = {
  cron: z
    .string()
    .refine(isCronPattern, 'must be a cron pattern of five fields, as in `0 3 * * *`')
    .optional()
    .describe('Cron pattern, in UTC'),
  every: z.number().int().min(60).optional().describe('Interval in seconds'),
};
const oneOfBoth = 'a schedule has either `cron` or `every`';
const hasOne = ({ cron, every }: Times) => (cron === undefined) !== (every === undefined);

/** When something is due: by a cron pattern, or at an interval. */
export interface Times {
  readonly cron?: string | undefined;
  readonly every?: number | undefined;
}

export const Times = z.strictObject(times).refine(hasOne, oneOfBoth);

/** One entry of `schedules` of a stack. */
export const ScheduleConfiguration = z
  .strictObject({ ...times, ref: z.string().min(1).describe('Branch that is built') })
  .refine(hasOne, oneOfBoth);
export type ScheduleConfiguration = z.infer<typeof ScheduleConfiguration>;

function isCronPattern(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(text).nextRun() !== null;
  } catch {
    return false;
  }
}
