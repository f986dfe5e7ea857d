import * as z from 'zod';
import { FailureClass } from './failure-class.ts';
import { RunStatus } from './run-status.ts';

export const FailedJob = z
  .object({
    id: z.string().describe('Decimal id of the attempt; empty for a job that was never ready, such as a trigger.'),
    pipeline: z.string().describe('Id of the pipeline.'),
    name: z.string().describe('Name.'),
    attempt: z.number().int().describe('Number of the attempt, from 1.'),
    exitCode: z.number().int().optional().describe('Exit code of its script.'),
    failureReason: z.string().optional().describe('GitLab’s reason: `script_failure`, `job_execution_timeout`, …'),
    allowFailure: z.boolean().describe('The failure lets the pipeline succeed.'),
    page: z
      .string()
      .describe('Path of the page of the server that shows it, at the line of the log that has the error.'),
  })
  .meta({ id: 'FailedJob', description: 'A job that failed, at its newest attempt.' });
export type FailedJob = z.infer<typeof FailedJob>;

export const Failure = z
  .object({
    headline: z.string().describe('The failure in one line: what failed, where and why.'),
    class: FailureClass,
    package: z
      .object({
        name: z.string().describe('Name.'),
        version: z.string().describe('Version.'),
        hash: z.string().optional().describe('Spack’s hash of the package.'),
      })
      .optional()
      .describe('The package that could not be built; absent where several fail for one cause, and for other jobs.'),
    phase: z
      .string()
      .optional()
      .describe('Phase of the build as Spack names it (`fetch`, `cmake`, `install`), or step of a recipe.'),
    error: z.string().describe('The first error, in one line.'),
    hint: z.string().optional().describe('What to do about it.'),
    position: z
      .object({
        file: z.string().describe('Path in the repository.'),
        line: z.number().int().describe('Line, from 1.'),
        column: z.number().int().optional().describe('Column, from 1.'),
      })
      .optional()
      .describe('Where in a file of the repository the error is.'),
    context: z
      .object({
        line: z.number().int().describe('Number of the error’s line, from 1.'),
        first: z.number().int().describe('Number of the first of `lines`.'),
        lines: z.array(z.string()).describe('The line of the error with those around it.'),
      })
      .optional()
      .describe('The error’s line in the log of the first job, with the lines around it.'),
    tests: z
      .object({
        total: z.number().int().describe('How many tests there are.'),
        failed: z.number().int().describe('How many of them failed.'),
        first: z.string().describe('Name of the first that failed.'),
      })
      .optional()
      .describe('Results of the job’s own tests, where some failed.'),
    jobs: z.array(FailedJob).describe('Jobs that failed for it.'),
    reproduce: z.string().optional().describe('Command that runs the first of the jobs again on another machine.'),
  })
  .meta({ id: 'Failure', description: 'One cause, with all jobs that it let fail.' });
export type Failure = z.infer<typeof Failure>;

export const FailureReport = z
  .object({
    pipeline: z.string().optional().describe('Decimal id; absent for a pipeline that could not be created.'),
    status: RunStatus,
    headline: z.string().describe('All of it in one line.'),
    failures: z.array(Failure).describe('Causes, the one that matters most first.'),
    skipped: z.number().int().describe('How many jobs did not run because of them.'),
  })
  .meta({
    id: 'FailureReport',
    description: 'Why a pipeline failed, or could not be created: its causes, the one that matters most first.',
  });
export type FailureReport = z.infer<typeof FailureReport>;
