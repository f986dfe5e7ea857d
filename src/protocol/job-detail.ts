import * as z from 'zod';
import { Failure } from './failure-report.ts';
import { AttemptView, JobView } from './job-view.ts';
import { PipelineView } from './pipeline-view.ts';

const TestsView = z
  .object({
    total: z.number().int().describe('How many test cases there are.'),
    failed: z.number().int().describe('How many failed.'),
    errored: z.number().int().describe('How many ended with an error.'),
    skipped: z.number().int().describe('How many were skipped.'),
    seconds: z.number().describe('Seconds of all test cases.'),
    failures: z
      .array(
        z.object({
          suite: z.string().describe('Name of the test suite.'),
          name: z.string().describe('Name of the test case.'),
          message: z.string().describe('Why it failed.'),
        }),
      )
      .describe('The first that failed.'),
  })
  .describe('The results in the job’s JUnit report.');

export const JobDetail = z
  .object({
    job: JobView,
    attempts: z.array(AttemptView).describe('All attempts, the oldest first.'),
    pipeline: PipelineView,
    root: PipelineView.describe('The topmost pipeline of the family; the same as `pipeline` unless that is a child.'),
    tests: TestsView.optional(),
    failure: Failure.optional().describe('Why the attempt failed.'),
    artifactBytes: z
      .number()
      .int()
      .optional()
      .describe('Bytes of the archive that it left; absent without one, and once that has expired.'),
  })
  .meta({
    id: 'JobDetail',
    description: 'A job with all its attempts, the oldest first, and the pipelines that it belongs to.',
  });
export type JobDetail = z.infer<typeof JobDetail>;

export const JobList = z
  .object({
    jobs: z.array(JobView).describe('Jobs, the newest first.'),
    next: z.string().optional().describe('Give it as `before` for the page that follows; absent at the end.'),
  })
  .meta({ id: 'JobList', description: 'Jobs of one name, the newest first.' });
export type JobList = z.infer<typeof JobList>;
