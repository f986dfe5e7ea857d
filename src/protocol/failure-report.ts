import * as z from 'zod';
import { FailureClass } from './failure-class.ts';
import { RunStatus } from './run-status.ts';

/** A job that failed, at its newest attempt. */
export const FailedJob = z.object({
  /** Decimal id of the attempt; empty for a job that was never ready, such as a trigger. */
  id: z.string(),
  pipeline: z.string(),
  name: z.string(),
  attempt: z.number().int(),
  exitCode: z.number().int().optional(),
  /** GitLab's reason: `script_failure`, `job_execution_timeout`, … */
  failureReason: z.string().optional(),
  /** The failure lets the pipeline succeed. */
  allowFailure: z.boolean(),
  /** Path of the page of the server that shows it, at the line of the log that has the error. */
  page: z.string(),
});
export type FailedJob = z.infer<typeof FailedJob>;

/** One cause, with all jobs that it let fail. */
export const Failure = z.object({
  /** The failure in one line: what failed, where and why. */
  headline: z.string(),
  class: FailureClass,
  /** The package that could not be built; absent where several fail for one cause, and for other jobs. */
  package: z.object({ name: z.string(), version: z.string(), hash: z.string().optional() }).optional(),
  /** Phase of the build as Spack names it (`fetch`, `cmake`, `install`), or step of a recipe. */
  phase: z.string().optional(),
  /** The first error, in one line. */
  error: z.string(),
  hint: z.string().optional(),
  /** Where in a file of the repository the error is. */
  position: z.object({ file: z.string(), line: z.number().int(), column: z.number().int().optional() }).optional(),
  /** The error’s line in the log of the first job, with the lines around it. */
  context: z
    .object({
      /** Number of the error’s line, from 1. */
      line: z.number().int(),
      /** Number of the first of `lines`. */
      first: z.number().int(),
      lines: z.array(z.string()),
    })
    .optional(),
  /** Results of the job’s own tests, where some failed. */
  tests: z.object({ total: z.number().int(), failed: z.number().int(), first: z.string() }).optional(),
  jobs: z.array(FailedJob),
  /** Command that runs the first of the jobs again on another machine. */
  reproduce: z.string().optional(),
});
export type Failure = z.infer<typeof Failure>;

/** Why a pipeline failed, or could not be created: its causes, the one that matters most first. */
export const FailureReport = z.object({
  /** Decimal id; absent for a pipeline that could not be created. */
  pipeline: z.string().optional(),
  status: RunStatus,
  /** All of it in one line. */
  headline: z.string(),
  failures: z.array(Failure),
  /** How many jobs did not run because of them. */
  skipped: z.number().int(),
});
export type FailureReport = z.infer<typeof FailureReport>;
