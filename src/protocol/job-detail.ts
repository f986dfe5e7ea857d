import * as z from 'zod';
import { AttemptView, JobView } from './job-view.ts';
import { PipelineView } from './pipeline-view.ts';

/** The results in the job's JUnit report. */
const TestsView = z.object({
  total: z.number().int(),
  failed: z.number().int(),
  errored: z.number().int(),
  skipped: z.number().int(),
  seconds: z.number(),
  failures: z.array(z.object({ suite: z.string(), name: z.string(), message: z.string() })),
});

/** A job with all its attempts, the oldest first, and the pipelines that it belongs to. */
export const JobDetail = z.object({
  job: JobView,
  attempts: z.array(AttemptView),
  pipeline: PipelineView,
  /** The topmost pipeline of the family; the same as `pipeline` unless that is a child. */
  root: PipelineView,
  tests: TestsView.optional(),
});
export type JobDetail = z.infer<typeof JobDetail>;

/** Jobs of one name, the newest first. */
export const JobList = z.object({ jobs: z.array(JobView) });
export type JobList = z.infer<typeof JobList>;
