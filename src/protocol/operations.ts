import type * as z from 'zod';
import { AuditPage } from './audit-record.ts';
import { PipelineChange } from './change-report.ts';
import { DestinationList } from './destination-view.ts';
import { FailureReport } from './failure-report.ts';
import { ImageDetail } from './image-view.ts';
import { JobDetail, JobList } from './job-detail.ts';
import { JobReproduction } from './job-reproduction.ts';
import { LockComparison } from './lock-comparison.ts';
import { LogIndex } from './log-index.ts';
import { LogSearch } from './log-search.ts';
import { PackageDetail, PackageList } from './package-view.ts';
import { PipelineDetail, PipelineList } from './pipeline-view.ts';
import { Queue } from './queue-view.ts';
import { QuotaList } from './quota-view.ts';
import { RequestDetail } from './request-detail.ts';
import { RunnerList } from './runner-view.ts';
import { ServerEvent } from './server-event.ts';
import { StackList, StackView } from './stack-view.ts';
import { TestedLocks } from './tested-lock.ts';

interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly description: string;
}

/** A `GET` request under `/api/v1`. `{name}` in the path is a parameter. */
export interface Operation {
  readonly path: string;
  readonly summary: string;
  readonly query?: readonly QueryParameter[];
  /** The answer's schema under its name; absent for an answer that has none. */
  readonly answer?: Readonly<Record<string, z.ZodType>>;
  /** `application/json` if absent. */
  readonly mediaType?: string;
}

const text = (name: string, description: string): QueryParameter => ({ name, type: 'string', description });
const count = (name: string, description: string): QueryParameter => ({ name, type: 'integer', description });
const stack = text('stack', 'Only of this stack');

const auditQuery: readonly QueryParameter[] = [
  stack,
  text('who', 'Only by this account, job or runner; `*` stands for any text, as in `account:*`'),
  text('action', 'Only this action; `*` stands for any text, as in `job.*`'),
  text('outcome', '`done`, `refused` or `failed`'),
  text('since', 'From this date or time on, or an age such as `7d`'),
  text('until', 'Before this date or time, or age'),
];

/** All that can be read over REST, in the order of the manual. */
export const operations: readonly Operation[] = [
  {
    path: '/stacks',
    summary: 'Stacks with their branches, pull requests and images',
    answer: { StackList },
  },
  { path: '/stacks/{stack}', summary: 'One stack', answer: { StackView } },
  {
    path: '/stacks/{stack}/packages',
    summary: 'Packages on the stack’s mirror, sorted by name',
    query: [
      text('q', 'Text that the name contains, or that the hash begins with'),
      text('request', 'Number of a pull request: what its jobs pushed, instead of the protected mirror'),
      count('offset', 'How many to leave out at the beginning'),
      count('limit', 'At most so many; 100, at most 1000'),
    ],
    answer: { PackageList },
  },
  {
    path: '/stacks/{stack}/packages/{hash}',
    summary: 'One package with its manifest',
    query: [text('request', 'Number of a pull request')],
    answer: { PackageDetail },
  },
  {
    path: '/stacks/{stack}/requests/{number}',
    summary: 'One pull request: why it waits, what would run for it, and what ran',
    answer: { RequestDetail },
  },
  {
    path: '/stacks/{stack}/compare',
    summary: 'What differs between the locks of two commits, pipelines or images: packages, causes, sizes',
    query: [
      text(
        'from',
        'A branch, tag or commit that has a pipeline, `pull/<number>`, `pipeline:<id>`, `image:<id>` or `lock:<digest>`',
      ),
      text('to', 'The same for the other side'),
    ],
    answer: { LockComparison },
  },
  {
    path: '/stacks/{stack}/quotas',
    summary: 'What the stack, its authors and its pull requests use of their quotas, and who is blocked',
    answer: { QuotaList },
  },
  {
    path: '/notifications',
    summary: 'Destinations of notifications, and which fail; those of the server need `run` on all stacks',
    answer: { DestinationList },
  },
  {
    path: '/runners',
    summary: 'Runners: their state, what they take, and the jobs that they have',
    answer: { RunnerList },
  },
  {
    path: '/queue',
    summary: 'Jobs that are ready and wait, with what each waits for, and the active pipelines',
    query: [
      stack,
      text(
        'kind',
        'Only those that wait for this: `runner`, `quota`, `build`, `promotion`, `resource`, `slot`, `time`',
      ),
      count('offset', 'How many to leave out at the beginning'),
      count('limit', 'At most so many; 500, at most 2000'),
    ],
    answer: { Queue },
  },
  {
    path: '/pipelines',
    summary: 'Pipelines, the newest first',
    query: [
      stack,
      text('request', 'Only of this pull request'),
      text('before', 'Only older than this pipeline'),
      count('limit', 'At most so many; 30, at most 100'),
    ],
    answer: { PipelineList },
  },
  {
    path: '/pipelines/{id}',
    summary: 'A pipeline with its jobs and children',
    answer: { PipelineDetail },
  },
  {
    path: '/pipelines/{id}/change',
    summary: 'What the change of a pipeline’s family does: packages built and reused, causes, time, sizes, previews',
    answer: { PipelineChange },
  },
  {
    path: '/pipelines/{id}/failure',
    summary: 'Why a pipeline’s family failed: causes with their jobs, first errors, lines of the logs',
    answer: { FailureReport },
  },
  {
    path: '/jobs',
    summary: 'Jobs of a name in the newest pipelines, the newest first',
    query: [text('name', 'The whole name, or its part before `@` or a space'), stack],
    answer: { JobList },
  },
  {
    path: '/jobs/{id}',
    summary: 'A job with its attempts',
    answer: { JobDetail },
  },
  {
    path: '/jobs/{id}/log',
    summary: 'A job’s log as it is: bytes, whole or in part (`Range`)',
    mediaType: 'text/plain',
  },
  {
    path: '/jobs/{id}/reproduction',
    summary: 'The data that a job needs to run again elsewhere, without secrets; `slipway reproduce` reads it',
    answer: { JobReproduction },
  },
  {
    path: '/jobs/{id}/tested-locks',
    summary: 'Earlier locks for the tree of a job’s pipeline, which `slipway generate` may reuse',
    query: [
      {
        name: 'of',
        type: 'string',
        description: '`tree` (default), or `base`: of the branch, or of the branch that the pull request goes to',
      },
    ],
    answer: { TestedLocks },
  },
  {
    path: '/jobs/{id}/artifacts',
    summary: 'The archive that a job left, a zip file',
    mediaType: 'application/zip',
  },
  {
    path: '/jobs/{id}/log/index',
    summary: 'Where lines and sections begin in a log',
    query: [count('since', 'Leave out checkpoints before this byte')],
    answer: { LogIndex },
  },
  {
    path: '/jobs/{id}/log/search',
    summary: 'Lines of a job’s log that contain a text or match a pattern; one request searches some megabytes',
    query: [
      text('q', 'The text, or the pattern; at most 500 characters'),
      text('regex', '`true`: `q` is a regular expression of RE2'),
      text('case', '`true`: upper and lower case differ'),
      count('after', 'Only lines after this one'),
      count('limit', 'At most so many lines; 1000, at most 10000'),
    ],
    answer: { LogSearch },
  },
  {
    path: '/images/{id}',
    summary: 'An image with its layers',
    answer: { ImageDetail },
  },
  {
    path: '/audit',
    summary:
      'The audit log, the newest record first. On loopback without configuration it is open; elsewhere it needs a token of the stack, and `stack`',
    query: [
      ...auditQuery,
      count('before', 'Only records before this number'),
      count('limit', 'At most so many; 100, at most 1000'),
    ],
    answer: { AuditPage },
  },
  {
    path: '/audit/export',
    summary: 'The audit log as a file, the oldest record first',
    query: [...auditQuery, text('format', '`jsonl`, the default, or `csv`')],
    mediaType: 'application/jsonl',
  },
  {
    path: '/events',
    summary: 'Changes as server-sent events; `Last-Event-ID` continues an interrupted stream',
    query: [
      stack,
      text('pipeline', 'Only of this pipeline and its children'),
      text('job', 'Report also when the log of this job grows'),
      count('after', 'As Last-Event-ID, for clients that cannot set it'),
    ],
    answer: { ServerEvent },
    mediaType: 'text/event-stream',
  },
];
