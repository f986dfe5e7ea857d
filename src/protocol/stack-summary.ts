import type { FailureReport } from './failure-report.ts';
import type { ImageView } from './image-view.ts';
import type { JobView } from './job-view.ts';
import type { PipelineView } from './pipeline-view.ts';
import type { Problem } from './problem.ts';
import type { StatusView } from './status-view.ts';

/** A job as `slipway status` shows it. */
export type JobSummary = Pick<
  JobView,
  'id' | 'pipeline' | 'name' | 'stage' | 'status' | 'attempt' | 'allowFailure' | 'failureReason' | 'message'
> & {
  /** What a job that is ready waits for, as a sentence without a full stop; only a running server knows it. */
  readonly waitsFor?: string;
};

export type PipelineSummary = Pick<
  PipelineView,
  'id' | 'status' | 'ref' | 'sha' | 'trust' | 'upstream' | 'promotion'
> & {
  /** With those of its children; absent for a pipeline that passed, or has not begun. */
  readonly jobs?: readonly JobSummary[];
  /** Why it failed. */
  readonly failure?: FailureReport;
};

export type ImageSummary = Pick<
  ImageView,
  'id' | 'repository' | 'tag' | 'state' | 'digest' | 'message' | 'retryAt' | 'attempts'
>;

/** The newest statuses, pipelines and images of one stack, read from a server or from its data folder. */
export interface StackSummary {
  readonly name: string;
  /** Why nothing of the stack runs, or why no comments are written. */
  readonly problem?: Problem;
  readonly statuses: readonly StatusView[];
  readonly pipelines: readonly PipelineSummary[];
  readonly images: readonly ImageSummary[];
}

const DONE: ReadonlySet<string> = new Set(['success', 'skipped', 'created']);

/** Whether a summary lists the jobs of a pipeline: not of one that passed, or has not begun. */
export function listsJobs({ status }: Pick<PipelineSummary, 'status'>): boolean {
  return !DONE.has(status);
}
