import * as z from 'zod';
import { Time } from './formats.ts';
import { RunStatus } from './run-status.ts';

export const JobView = z
  .object({
    id: z.string().describe('Decimal id of this attempt; empty while the job has never been ready.'),
    pipeline: z.string().describe('Id of the pipeline.'),
    name: z.string().describe('Name of the job.'),
    stage: z.string().describe('Stage of the pipeline.'),
    kind: z.enum(['script', 'trigger']).describe('A script, or the trigger of a child pipeline.'),
    status: RunStatus,
    attempt: z.number().int().describe('From 1.'),
    needs: z
      .array(z.string())
      .optional()
      .describe('Names of jobs of the same pipeline; absent if the job waits for all earlier stages.'),
    allowFailure: z.boolean().describe('Whether its failure lets the pipeline succeed.'),
    failureReason: z.string().optional().describe('GitLab’s reason: `script_failure`, `job_execution_timeout`, …'),
    message: z.string().optional().describe('Details of the failure for people.'),
    stuck: z
      .string()
      .optional()
      .describe('Why no runner can take it, while it is pending: it will wait until one can, or fail.'),
    promotion: z
      .object({
        outcome: z.enum(['promoted', 'rebuilt']).describe('Whether the package was promoted.'),
        fromPipeline: z.string().optional().describe('Pipeline and job of the pull request that built it.'),
        fromJob: z.string().optional().describe('Id of the job that built it.'),
        reason: z.string().optional().describe('Why it is built again.'),
      })
      .optional()
      .describe(
        'How the package of a protected pipeline’s job came about, where the stack promotes packages of pull ' +
          'requests.',
      ),
    exitCode: z.number().int().optional().describe('Exit code of its script.'),
    runner: z.string().optional().describe('Name of the runner that had it.'),
    child: z.string().optional().describe('The pipeline that a trigger job started.'),
    queuedAt: Time.optional().describe('When it became ready.'),
    startedAt: Time.optional().describe('When it started; absent before that.'),
    finishedAt: Time.optional().describe('When it ended; absent before that.'),
  })
  .meta({ id: 'JobView', description: 'A job at one attempt, for people. Times are UTC ISO 8601 with milliseconds.' });
export type JobView = z.infer<typeof JobView>;

export const AttemptView = JobView.pick({
  id: true,
  attempt: true,
  status: true,
  startedAt: true,
  finishedAt: true,
}).meta({ id: 'AttemptView', description: 'One attempt at a job.' });
export type AttemptView = z.infer<typeof AttemptView>;

/** Whether a job has a name. Jobs of packages are called `name@version /hash`; people use the name. */
export function isJobNamed(job: string, name: string): boolean {
  return job === name || job.startsWith(`${name}@`) || job.startsWith(`${name} `);
}
