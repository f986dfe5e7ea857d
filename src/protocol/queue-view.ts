import * as z from 'zod';
import { RunStatus } from './run-status.ts';

/**
 * What a job waits for: `runner`: there is none that can take it; `quota`; `build`: another job builds the same package;
 * `promotion` of the package from a pull request; `resource`: a job of the same `resource_group`; `slot`: a runner that
 * has room; `time`: it is delayed.
 */
export const WaitKind = z.enum(['runner', 'quota', 'build', 'promotion', 'resource', 'slot', 'time']);
export type WaitKind = z.infer<typeof WaitKind>;

/** A job that is ready, and waits for something else than other jobs of its pipeline. */
export const QueuedJob = z.object({
  id: z.string(),
  name: z.string(),
  status: RunStatus,
  attempt: z.number().int(),
  stack: z.string(),
  pipeline: z.string(),
  ref: z.string(),
  pullRequest: z.string().optional(),
  /** Since when. */
  since: z.string().optional(),
  /** Place among the jobs of its stack that wait for a slot, from 1; stacks take turns. */
  position: z.number().int().optional(),
  waitsFor: z.object({
    kind: WaitKind,
    /** For people, as a sentence without a full stop. */
    text: z.string(),
    /** Id of the job that it waits for. */
    job: z.string().optional(),
    until: z.string().optional(),
  }),
});
export type QueuedJob = z.infer<typeof QueuedJob>;

/** An active pipeline by what its jobs do. */
export const QueuedPipeline = z.object({
  id: z.string(),
  stack: z.string(),
  ref: z.string(),
  pullRequest: z.string().optional(),
  running: z.number().int(),
  /** Ready, and in the queue. */
  queued: z.number().int(),
  /** Waiting for other jobs of the pipeline. */
  blocked: z.number().int(),
  /** Waiting for a person. */
  manual: z.number().int(),
  ended: z.number().int(),
});
export type QueuedPipeline = z.infer<typeof QueuedPipeline>;

/** What waits for what. */
export const Queue = z.object({
  /** Those that no runner can take first, then in the order in which they are handed out. */
  jobs: z.array(QueuedJob),
  /** How many match. */
  total: z.number().int(),
  /** How many wait for each kind of thing, of all of the stacks asked for. */
  kinds: z.array(z.object({ kind: WaitKind, count: z.number().int() })),
  /** Active pipelines, oldest first. */
  pipelines: z.array(QueuedPipeline),
});
export type Queue = z.infer<typeof Queue>;
