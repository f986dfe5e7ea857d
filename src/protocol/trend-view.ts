import * as z from 'zod';
import { FailureClass } from './failure-class.ts';

const whole = z.number().int();

export const Spread = z
  .object({
    median: z.number().describe('Seconds that half of the cases did not exceed.'),
    p90: z.number().describe('Seconds that nine tenths of the cases did not exceed.'),
  })
  .meta({ id: 'Spread', description: 'How long something took, to two significant digits for jobs.' });
export type Spread = z.infer<typeof Spread>;

export const OutcomeCounts = z
  .object({
    success: whole.describe('Succeeded.'),
    failed: whole.describe('Failed.'),
    canceled: whole.describe('Canceled.'),
  })
  .meta({ id: 'OutcomeCounts', description: 'How many ended in which way.' });

const figures = {
  pipelines: OutcomeCounts.describe('Topmost pipelines.'),
  pipelineSeconds: Spread.optional().describe(
    'From the creation of a pipeline to its end, without canceled ones; absent where none ended.',
  ),
  jobs: OutcomeCounts.describe('Attempts at jobs that a runner had.'),
  jobSeconds: Spread.optional().describe('What jobs that succeeded took; absent where there were none.'),
  waitSeconds: Spread.optional().describe('What jobs waited for a runner; absent where there were none.'),
  packages: z
    .object({
      built: whole.describe('To be built by the pipelines.'),
      reused: whole.describe('On a mirror already.'),
    })
    .describe('Packages of the locks of the pipelines that were not canceled.'),
  bytes: z
    .object({
      built: whole.describe('Of those to be built.'),
      reused: whole.describe('Of those on a mirror already.'),
    })
    .describe('Sizes of these packages on the mirrors, as far as they are known.'),
};

export const TrendFigures = z.object(figures).meta({ id: 'TrendFigures', description: 'What ended within a time.' });
export type TrendFigures = z.infer<typeof TrendFigures>;

export const FailedJobs = z
  .object({ class: FailureClass, jobs: whole.describe('How many.') })
  .meta({ id: 'FailedJobs', description: 'How many jobs failed for a kind of reason.' });
export type FailedJobs = z.infer<typeof FailedJobs>;

export const TrendDay = z
  .object({
    day: z.string().describe('Date in UTC, as in `2026-11-30`.'),
    ...figures,
    failures: z.array(FailedJobs).describe('The most frequent first.'),
  })
  .meta({ id: 'TrendDay', description: 'What ended on a day.' });
export type TrendDay = z.infer<typeof TrendDay>;

export const StackTrend = z
  .object({ name: z.string().describe('Name of the stack.'), ...figures })
  .meta({ id: 'StackTrend', description: 'What ended of a stack.' });

export const Trends = z
  .object({
    days: z.array(TrendDay).describe('Each day, the oldest first; today included.'),
    total: TrendFigures.describe('All of these days.'),
    previous: TrendFigures.describe('As many days before.'),
    failures: z.array(FailedJobs).describe('Of all of these days, the most frequent first.'),
    stacks: z.array(StackTrend).describe('Each stack of those asked for.'),
  })
  .meta({ id: 'Trends', description: 'What ended on the last days, and how that compares with as many days before.' });
export type Trends = z.infer<typeof Trends>;
