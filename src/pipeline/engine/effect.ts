import type { FinalStatus } from './job-status.ts';

/** What a transition asks for. Carried out after the new state is stored; each may be carried out twice. */
export type Effect =
  | { readonly type: 'offer-job'; readonly job: string; readonly attempt: number }
  | { readonly type: 'start-child'; readonly job: string; readonly attempt: number }
  | { readonly type: 'cancel-job'; readonly job: string; readonly attempt: number }
  | { readonly type: 'cancel-child'; readonly job: string; readonly pipeline: string }
  /** Send `resource-granted` once no other job of the group, in whatever pipeline of the stack, has its resource. */
  | { readonly type: 'request-resource'; readonly job: string; readonly attempt: number; readonly group: string }
  /** The resource of the group is free; another may have it. */
  | { readonly type: 'release-resource'; readonly job: string; readonly attempt: number; readonly group: string }
  /** Send `play` for the job at that time. */
  | { readonly type: 'schedule-job'; readonly job: string; readonly at: string }
  /** The job's latest attempt has ended and is not retried. */
  | { readonly type: 'job-settled'; readonly job: string; readonly status: FinalStatus }
  | { readonly type: 'pipeline-finished'; readonly status: FinalStatus };
