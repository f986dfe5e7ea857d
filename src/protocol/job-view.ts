import { z } from 'zod';
import { RunStatus } from './run-status.ts';

/** A job as people see it. Times are UTC ISO 8601 with milliseconds. */
export const JobView = z.object({
  id: z.string(),
  pipeline: z.string(),
  name: z.string(),
  stage: z.string(),
  status: RunStatus,
  /** From 1. */
  attempt: z.number().int(),
  needs: z.array(z.string()),
  allowFailure: z.boolean(),
  failureReason: z.string().optional(),
  exitCode: z.number().int().optional(),
  runner: z.string().optional(),
  /** The pipeline that a trigger job started. */
  child: z.string().optional(),
  queuedAt: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
});
export type JobView = z.infer<typeof JobView>;
