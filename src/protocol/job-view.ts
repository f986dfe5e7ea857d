import * as z from 'zod';
import { RunStatus } from './run-status.ts';

/** A job at one attempt, for people. Times are UTC ISO 8601 with milliseconds. */
export const JobView = z.object({
  /** Decimal id of this attempt; empty while the job has never been ready. */
  id: z.string(),
  pipeline: z.string(),
  name: z.string(),
  stage: z.string(),
  kind: z.enum(['script', 'trigger']),
  status: RunStatus,
  /** From 1. */
  attempt: z.number().int(),
  /** Names of jobs of the same pipeline; absent if the job waits for all earlier stages. */
  needs: z.array(z.string()).optional(),
  allowFailure: z.boolean(),
  failureReason: z.string().optional(),
  /** Details of the failure for people. */
  message: z.string().optional(),
  /** Why no runner can take it, while it is pending: it will wait until one can, or fail. */
  stuck: z.string().optional(),
  /** How the package of a protected pipeline's job came about, where the stack promotes packages of pull requests. */
  promotion: z
    .object({
      outcome: z.enum(['promoted', 'rebuilt']),
      /** Pipeline and job of the pull request that built it. */
      fromPipeline: z.string().optional(),
      fromJob: z.string().optional(),
      /** Why it is built again. */
      reason: z.string().optional(),
    })
    .optional(),
  exitCode: z.number().int().optional(),
  runner: z.string().optional(),
  /** The pipeline that a trigger job started. */
  child: z.string().optional(),
  queuedAt: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
});
export type JobView = z.infer<typeof JobView>;

/** One attempt at a job. */
export const AttemptView = JobView.pick({ id: true, attempt: true, status: true, startedAt: true, finishedAt: true });
export type AttemptView = z.infer<typeof AttemptView>;

/** Whether a job has a name. Jobs of packages are called `name@version /hash`; people use the name. */
export function isJobNamed(job: string, name: string): boolean {
  return job === name || job.startsWith(`${name}@`) || job.startsWith(`${name} `);
}
