import * as z from 'zod';
import { RunStatus } from './run-status.ts';

/** One of the machines that share a runner’s token, as it described itself. */
export const RunnerMachine = z.object({
  /** Distinguishes it from the others; empty for a machine that reported none. */
  systemId: z.string(),
  lastContact: z.string(),
  version: z.string().optional(),
  platform: z.string().optional(),
  architecture: z.string().optional(),
  executor: z.string().optional(),
});
export type RunnerMachine = z.infer<typeof RunnerMachine>;

/** A job that a runner has. */
export const RunnerJob = z.object({
  id: z.string(),
  name: z.string(),
  status: RunStatus,
  stack: z.string(),
  pipeline: z.string(),
  ref: z.string(),
  startedAt: z.string().optional(),
});
export type RunnerJob = z.infer<typeof RunnerJob>;

/**
 * `online`; `offline` after a long time without contact; `waiting` for its first contact since the server’s start;
 * `signed-off` by all its machines; `unable` to run any job; `unregistered` until it gets a new token.
 */
export const RunnerState = z.enum(['online', 'offline', 'waiting', 'signed-off', 'unable', 'unregistered']);
export type RunnerState = z.infer<typeof RunnerState>;

/** A runner of the server’s configuration. */
export const RunnerView = z.object({
  name: z.string(),
  state: RunnerState,
  /** Why it runs no job, in the states in which it does not. */
  reason: z.string().optional(),
  /** Whether the server itself runs its jobs. */
  embedded: z.boolean(),
  tags: z.array(z.string()),
  runUntagged: z.boolean(),
  protectedOnly: z.boolean(),
  /** Whether each of its jobs is isolated from the others and from the machine. */
  sandbox: z.boolean(),
  /** Whether it takes jobs of forks. */
  untrusted: z.boolean(),
  /** Whether what it builds for pull requests of the team may be promoted. */
  trusted: z.boolean(),
  /** Jobs that it may have at once; absent without a limit. */
  concurrency: z.number().int().optional(),
  /** Since the server’s start. */
  lastContact: z.string().optional(),
  /** For those who may run pipelines; the last ones in contact. */
  machines: z.array(RunnerMachine).optional(),
  /** Those of stacks that the sender may read, the oldest first. */
  jobs: z.array(RunnerJob),
});
export type RunnerView = z.infer<typeof RunnerView>;

export const RunnerList = z.object({ runners: z.array(RunnerView) });
export type RunnerList = z.infer<typeof RunnerList>;
