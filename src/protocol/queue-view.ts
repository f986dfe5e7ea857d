import * as z from 'zod';
import { DrainView } from './drain-view.ts';
import { Time } from './formats.ts';
import { RunStatus } from './run-status.ts';

export const WaitKind = z.enum(['runner', 'quota', 'build', 'promotion', 'resource', 'memory', 'slot', 'time']).meta({
  id: 'WaitKind',
  description:
    'What a job waits for: `runner`: there is none that can take it; `quota`; `build`: another job ' +
    'builds the same package; `promotion` of the package from a pull request; `resource`: a job of the ' +
    'same `resource_group`; `memory`, or cores, on the machine of its runner; `slot`: a runner that has room; ' +
    '`time`: it is delayed.',
});
export type WaitKind = z.infer<typeof WaitKind>;

export const QueuedJob = z
  .object({
    id: z.string().describe('Id.'),
    name: z.string().describe('Name of the job.'),
    status: RunStatus,
    attempt: z.number().int().describe('Number of the attempt, from 1.'),
    stack: z.string().describe('Name of the stack.'),
    pipeline: z.string().describe('Id of the pipeline.'),
    ref: z.string().describe('Branch or tag; `pull/<number>` of a pull request.'),
    pullRequest: z.string().optional().describe('Number of the pull request.'),
    since: Time.optional().describe('Since when.'),
    position: z
      .number()
      .int()
      .optional()
      .describe('Place among the jobs of its stack that wait for a slot, from 1; stacks take turns.'),
    waitsFor: z
      .object({
        kind: WaitKind,
        text: z.string().describe('For people, as a sentence without a full stop.'),
        job: z.string().optional().describe('Id of the job that it waits for.'),
        until: Time.optional().describe('When the wait ends.'),
      })
      .describe('What it waits for.'),
  })
  .meta({
    id: 'QueuedJob',
    description: 'A job that is ready, and waits for something else than other jobs of its pipeline.',
  });
export type QueuedJob = z.infer<typeof QueuedJob>;

export const QueuedPipeline = z
  .object({
    id: z.string().describe('Id.'),
    stack: z.string().describe('Name of the stack.'),
    ref: z.string().describe('Branch or tag; `pull/<number>` of a pull request.'),
    pullRequest: z.string().optional().describe('Number of the pull request.'),
    running: z.number().int().describe('Jobs that run.'),
    queued: z.number().int().describe('Ready, and in the queue.'),
    blocked: z.number().int().describe('Waiting for other jobs of the pipeline.'),
    manual: z.number().int().describe('Waiting for a person.'),
    ended: z.number().int().describe('Jobs that have ended.'),
  })
  .meta({ id: 'QueuedPipeline', description: 'An active pipeline by what its jobs do.' });
export type QueuedPipeline = z.infer<typeof QueuedPipeline>;

export const Queue = z
  .object({
    jobs: z
      .array(QueuedJob)
      .describe('Those that no runner can take first, then in the order in which they are handed out.'),
    total: z.number().int().describe('How many match.'),
    kinds: z
      .array(z.object({ kind: WaitKind, count: z.number().int().describe('How many.') }))
      .describe('How many wait for each kind of thing, of all of the stacks asked for.'),
    pipelines: z.array(QueuedPipeline).describe('Active pipelines, oldest first.'),
    drain: DrainView.optional().describe('Present while the server drains, for those who may read a stack.'),
  })
  .meta({ id: 'Queue', description: 'What waits for what.' });
export type Queue = z.infer<typeof Queue>;
