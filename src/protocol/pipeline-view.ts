import { z } from 'zod';
import { JobView } from './job-view.ts';
import { RunStatus } from './run-status.ts';

/** A pipeline as people see it; in lists without its jobs. */
export const PipelineView = z.object({
  id: z.string(),
  stack: z.string(),
  status: RunStatus,
  /** GitLab's CI_PIPELINE_SOURCE. */
  source: z.string(),
  ref: z.string(),
  sha: z.string(),
  /** Decimal. */
  pullRequest: z.string().optional(),
  trust: z.enum(['untrusted', 'pull-request', 'protected']),
  /** The pipeline whose trigger job started this one. */
  parent: z.string().optional(),
  lockDigest: z.string().optional(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  jobs: z.array(JobView).optional(),
});
export type PipelineView = z.infer<typeof PipelineView>;
