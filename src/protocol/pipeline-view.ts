import * as z from 'zod';
import { JobView } from './job-view.ts';
import { RunStatus } from './run-status.ts';

/** How many packages of a protected pipeline's lock were promoted from pull requests, and how many it builds again. */
const PromotionSummary = z.object({
  promoted: z.number().int(),
  rebuilt: z.number().int(),
  /** Pipelines of the pull requests. */
  from: z.array(z.string()),
  /** Why the first of the others is built again. */
  reason: z.string().optional(),
});
export type PromotionSummary = z.infer<typeof PromotionSummary>;

/** A pipeline for people, without its jobs. Times are UTC ISO 8601 with milliseconds. */
export const PipelineView = z.object({
  /** Decimal. */
  id: z.string(),
  stack: z.string(),
  status: RunStatus,
  /** GitLab's CI_PIPELINE_SOURCE. */
  source: z.string(),
  refType: z.enum(['branch', 'tag', 'pull-request', 'merge-queue']),
  ref: z.string(),
  /** The commit that jobs check out. */
  sha: z.string(),
  /** The commit that the status belongs to. */
  head: z.string(),
  /** The page of that commit at the forge. */
  headUrl: z.string().optional(),
  /** Number of the pull request. */
  pullRequest: z.string().optional(),
  trust: z.enum(['untrusted', 'pull-request', 'protected']),
  /** Account that pushed or requested it, if that was known when it began. */
  actor: z.string().optional(),
  /** The pipeline whose trigger job started this one. */
  parent: z.string().optional(),
  lockDigest: z.string().optional(),
  /** Of a protected pipeline, where the stack promotes packages of pull requests. */
  promotion: PromotionSummary.optional(),
  createdAt: z.string(),
  finishedAt: z.string().optional(),
});
export type PipelineView = z.infer<typeof PipelineView>;

/** The commit of a pipeline. */
export const CommitView = z.object({ title: z.string(), author: z.string(), date: z.string() });
export type CommitView = z.infer<typeof CommitView>;

/** A child pipeline. */
export const PipelineWithJobs = PipelineView.extend({ jobs: z.array(JobView) });
export type PipelineWithJobs = z.infer<typeof PipelineWithJobs>;

/** A pipeline with its jobs, and all pipelines that its trigger jobs started, each with the `parent` that did. */
export const PipelineDetail = PipelineView.extend({
  jobs: z.array(JobView),
  children: z.array(PipelineWithJobs),
  /** Title of the pull request, where there is one. */
  title: z.string().optional(),
  commit: CommitView.optional(),
  cancelReason: z.string().optional(),
});
export type PipelineDetail = z.infer<typeof PipelineDetail>;

/** Pipelines, the newest first; children are left out. */
export const PipelineList = z.object({
  pipelines: z.array(PipelineView),
  /** Give it as `before` for the page that follows; absent at the end. */
  next: z.string().optional(),
});
export type PipelineList = z.infer<typeof PipelineList>;
