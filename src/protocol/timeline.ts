import * as z from 'zod';
import { Time } from './formats.ts';
import { RunStatus } from './run-status.ts';

export const JobPart = z
  .object({
    kind: z
      .enum(['sources', 'cache', 'artifacts', 'mirror'])
      .describe('What was transferred; `mirror`: dependencies from the mirror, and the package to it.'),
    at: z.number().describe('Seconds after the start of the attempt.'),
    seconds: z.number().describe('How long it took.'),
  })
  .meta({ id: 'JobPart', description: 'A transfer of an attempt at a job.' });
export type JobPart = z.infer<typeof JobPart>;

export const TimelineBar = z
  .object({
    job: z.string().describe('Id of the attempt.'),
    pipeline: z.string().describe('Id of its pipeline.'),
    name: z.string().describe('Name of the job.'),
    attempt: z.number().int().describe('From 1.'),
    status: RunStatus,
    allowFailure: z.boolean().describe('Whether the pipeline passes although the job fails.'),
    lane: z
      .number()
      .int()
      .optional()
      .describe('Index of the lane that it runs in; absent before a runner has taken it.'),
    queuedAt: Time.optional().describe('When it became ready for a runner.'),
    startedAt: Time.optional().describe('When a runner took it.'),
    finishedAt: Time.optional().describe('When it ended.'),
    parts: z
      .array(JobPart)
      .optional()
      .describe('Transfers in their order, as far as the log shows them; absent while it runs.'),
  })
  .meta({ id: 'TimelineBar', description: 'An attempt at a job.' });
export type TimelineBar = z.infer<typeof TimelineBar>;

const CriticalJob = z.object({
  job: z.string().describe('Id of the newest attempt; empty if the job has never been ready.'),
  pipeline: z.string().describe('Id of its pipeline.'),
  name: z.string().describe('Name of the job.'),
  seconds: z.number().describe('How long it took; before its end, how long it took before.'),
});

export const Timeline = z
  .object({
    pipeline: z.string().describe('Id of the topmost pipeline.'),
    from: Time.describe('When it was created.'),
    to: Time.describe('Its end; until then, the present.'),
    isEnded: z.boolean().describe('Whether the pipeline has ended.'),
    lanes: z
      .array(z.object({ runner: z.string().describe('Name of the runner.') }))
      .describe('What runs one job at a time, sorted by runner; a runner with several jobs at once has several.'),
    bars: z.array(TimelineBar).describe('Sorted by start, jobs that wait last.'),
    critical: z
      .object({
        seconds: z.number().describe('How long the chain takes.'),
        jobs: z.array(CriticalJob).describe('First to last.'),
      })
      .describe('The chain of jobs, each of which waits for the one before, that takes longest.'),
    bound: z
      .object({
        seconds: z.number().describe('The larger of the critical path and the work shared by the slots.'),
        by: z.enum(['critical path', 'work']).describe('Which of the two it is.'),
        work: z.number().describe('Seconds of all jobs together.'),
        slots: z.number().int().describe('Jobs that can run at once.'),
      })
      .describe('The least time in which these jobs can be done.'),
    sums: z
      .object({
        waiting: z.number().describe('Seconds between being ready and the start.'),
        transfer: z.number().describe('Seconds of transfers, of attempts that have ended.'),
        running: z.number().describe('Seconds of attempts that have ended.'),
      })
      .describe('What all attempts together spent their time on.'),
    facts: z.array(z.string()).describe('The same in sentences.'),
  })
  .meta({
    id: 'Timeline',
    description:
      'When the jobs of a pipeline and of its children waited and ran, and what keeps the end from being earlier.',
  });
export type Timeline = z.infer<typeof Timeline>;
