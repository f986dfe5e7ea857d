import type { JobStatus, PipelineStatus } from './engine/job-status.ts';

/** How far a pipeline's code is trusted: outsiders', the team's unmerged, or a protected ref's. */
export type Trust = 'untrusted' | 'pull-request' | 'protected';

/** The commit that a pipeline runs on, and why it runs; the same for its children. */
export interface PipelineSubject {
  /** Name of the stack; for `slipway run`, of the folder. */
  readonly stack: string;
  /** `push`, `pull_request`, `merge_queue`, `tag`, `api`, `schedule`, `pipeline` (another stack's trigger job); a child has
   * `parent_pipeline`. */
  readonly source: string;
  readonly refType: 'branch' | 'tag' | 'pull-request' | 'merge-queue';
  /** Short name: `main`, `rev-1`, `pull/7`, or `queue/7` for a merge queue's commit that adds this request. */
  readonly ref: string;
  /** SHA that the status belongs to. */
  readonly head: string;
  readonly base: string;
  /** SHA of the commit that jobs check out. */
  readonly sha: string;
  readonly tree: string;
  readonly trust: Trust;
  /** Number of the pull request, if there is one. */
  readonly request?: string;
  /** Account that pushed it, or asked for it with its own token; absent if it was unknown at the start. */
  readonly actor?: string;
  /** Previous head of a pushed branch; absent for its first pipeline and for pipelines that no push started. */
  readonly beforeSha?: string;
}

export interface PipelineRecord extends PipelineSubject {
  /** Decimal. */
  readonly id: string;
  readonly parent?: { readonly pipeline: string; readonly job: string };
  /** The trigger job of another stack that started it. */
  readonly upstream?: { readonly pipeline: string; readonly job: string };
  readonly status: PipelineStatus;
  /** Of the first lock that it recorded. */
  readonly lockDigest?: string;
  readonly createdAt: string;
  readonly finishedAt?: string;
}

/** One attempt at one job: what a runner gets, and what an id in the runner API means. */
export interface JobRun {
  /** Decimal. */
  readonly id: string;
  readonly pipeline: string;
  /** Index of its job among the plan's jobs; undefined for a damaged row of an older database. */
  readonly job?: number;
  readonly name: string;
  readonly attempt: number;
  readonly status: JobStatus;
  readonly runner?: string;
  readonly queuedAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly failureReason?: string;
  readonly exitCode?: number;
}
