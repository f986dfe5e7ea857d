import type { FinalStatus } from './job-status.ts';

/** How a runner says that an attempt ended. */
type JobOutcome = 'success' | 'failed' | 'canceled';

/**
 * What can happen to a pipeline. `at` is UTC ISO 8601. An event that names another attempt or child than the latest
 * one, or a job that is past it, changes nothing: events may be delivered twice, and late.
 */
export type PipelineEvent =
  | { readonly type: 'started'; readonly at: string }
  | {
      readonly type: 'job-assigned';
      readonly job: string;
      readonly attempt: number;
      readonly runner: string;
      readonly at: string;
    }
  | {
      readonly type: 'job-finished';
      readonly job: string;
      readonly attempt: number;
      readonly outcome: JobOutcome;
      readonly failureReason?: string;
      readonly exitCode?: number;
      /** Text about the failure for people, where there is more to say than the reason. */
      readonly message?: string;
      readonly at: string;
    }
  /** The job's runner vanished through no fault of the job: a new attempt that `retry` does not count. */
  | { readonly type: 'job-requeued'; readonly job: string; readonly attempt: number; readonly at: string }
  | {
      readonly type: 'child-created';
      readonly job: string;
      readonly attempt: number;
      readonly pipeline: string;
      readonly at: string;
    }
  /** No child could be made; `reason` where it is another than `downstream_pipeline_creation_failed`. */
  | {
      readonly type: 'child-failed';
      readonly job: string;
      readonly attempt: number;
      readonly reason?: string;
      readonly message: string;
      readonly at: string;
    }
  | {
      readonly type: 'child-finished';
      readonly job: string;
      readonly pipeline: string;
      readonly status: FinalStatus;
      readonly at: string;
    }
  /** A finished child runs again, since one of its jobs was retried. */
  | { readonly type: 'child-resumed'; readonly job: string; readonly pipeline: string; readonly at: string }
  /** No other job of the `resource_group` has its resource now. */
  | { readonly type: 'resource-granted'; readonly job: string; readonly attempt: number; readonly at: string }
  /** A manual job is started, perhaps with variables for it alone, or a delayed one is due. */
  | {
      readonly type: 'play';
      readonly job: string;
      readonly variables?: Readonly<Record<string, string>>;
      readonly at: string;
    }
  | { readonly type: 'retry'; readonly job: string; readonly at: string }
  | { readonly type: 'retry-failed'; readonly at: string }
  /** One job is to stop; those that need it see that it was canceled. */
  | { readonly type: 'cancel-job'; readonly job: string; readonly at: string }
  /** There is a newer commit; what that ends, `workflow:auto_cancel:on_new_commit` says. */
  | { readonly type: 'superseded'; readonly reason: string; readonly at: string }
  | { readonly type: 'cancel'; readonly reason: string; readonly at: string };
