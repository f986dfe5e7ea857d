import * as z from 'zod';
import { Time, Url } from './formats.ts';
import { IncludeView } from './include-view.ts';
import { JobView } from './job-view.ts';
import { RunStatus } from './run-status.ts';

const PromotionSummary = z
  .object({
    promoted: z.number().int().describe('How many were promoted.'),
    rebuilt: z.number().int().describe('How many are built again.'),
    from: z.array(z.string()).describe('Pipelines of the pull requests.'),
    reason: z.string().optional().describe('Why the first of the others is built again.'),
  })
  .describe(
    'How many packages of a protected pipeline’s lock were promoted from pull requests, and how many it ' +
      'builds again.',
  );
export type PromotionSummary = z.infer<typeof PromotionSummary>;

export const PipelineView = z
  .object({
    id: z.string().describe('Decimal.'),
    stack: z.string().describe('Name of the stack.'),
    status: RunStatus,
    source: z.string().describe('GitLab’s CI_PIPELINE_SOURCE.'),
    refType: z.enum(['branch', 'tag', 'pull-request', 'merge-queue']).describe('What the pipeline runs for.'),
    ref: z.string().describe('Branch or tag; `pull/<number>` of a pull request.'),
    sha: z.string().describe('The commit that jobs check out.'),
    head: z.string().describe('The commit that the status belongs to.'),
    headUrl: Url.optional().describe('The page of that commit at the forge.'),
    pullRequest: z.string().optional().describe('Number of the pull request.'),
    trust: z.enum(['untrusted', 'pull-request', 'protected']).describe('How far its jobs are trusted.'),
    actor: z.string().optional().describe('Account that pushed or requested it, if that was known when it began.'),
    parent: z.string().optional().describe('The pipeline whose trigger job started this one.'),
    upstream: z.string().optional().describe('The pipeline of another stack whose trigger job started this one.'),
    lockDigest: z.string().optional().describe('Digest of the lock of its packages.'),
    promotion: PromotionSummary.optional().describe(
      'Of a protected pipeline, where the stack promotes packages of pull requests.',
    ),
    createdAt: Time.describe('When it began.'),
    finishedAt: Time.optional().describe('When it ended; absent before that.'),
  })
  .meta({
    id: 'PipelineView',
    description: 'A pipeline for people, without its jobs. Times are UTC ISO 8601 with milliseconds.',
  });
export type PipelineView = z.infer<typeof PipelineView>;

export const CommitView = z
  .object({
    title: z.string().describe('First line of the message.'),
    author: z.string().describe('Name of the author.'),
    date: z.string().describe('When it was made.'),
  })
  .meta({ id: 'CommitView', description: 'The commit of a pipeline.' });
export type CommitView = z.infer<typeof CommitView>;

const roots = z.array(z.string()).describe('Names of the jobs that build the roots of its lock.');

const includes = z
  .array(IncludeView)
  .describe('Texts from outside of the repository that it was read from. Its family keeps them as they are.');

const jobs = z.array(JobView).describe('Its jobs in this page, in the order of the configuration.');
const next = z.string().optional().describe('Give it as `after` for the jobs that follow; absent at the end.');

export const JobPage = z
  .object({ jobs: z.array(JobView).describe('Jobs, pipeline by pipeline, in the order of the configuration.'), next })
  .meta({ id: 'JobPage', description: 'A page of the jobs of a pipeline and of all that its trigger jobs started.' });
export type JobPage = z.infer<typeof JobPage>;

export const PipelineWithJobs = PipelineView.extend({
  jobs,
  roots,
  includes,
}).meta({
  id: 'PipelineWithJobs',
  description: 'A child pipeline.',
});
export type PipelineWithJobs = z.infer<typeof PipelineWithJobs>;

export const PipelineDetail = PipelineView.extend({
  jobs,
  roots,
  includes,
  children: z.array(PipelineWithJobs).describe('Child pipelines, the oldest first.'),
  next,
  title: z.string().optional().describe('Title of the pull request, where there is one.'),
  commit: CommitView.optional(),
  cancelReason: z.string().optional().describe('Who canceled it, and why.'),
}).meta({
  id: 'PipelineDetail',
  description:
    'A pipeline with the first of its jobs, and all pipelines that its trigger jobs started, each with the `parent` ' +
    'that did.',
});
export type PipelineDetail = z.infer<typeof PipelineDetail>;

export const PipelineList = z
  .object({
    pipelines: z.array(PipelineView).describe('Pipelines, the newest first.'),
    next: z.string().optional().describe('Give it as `before` for the page that follows; absent at the end.'),
  })
  .meta({ id: 'PipelineList', description: 'Pipelines, the newest first; children are left out.' });
export type PipelineList = z.infer<typeof PipelineList>;
