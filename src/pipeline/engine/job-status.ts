/** GitLab's statuses of a job. */
export type JobStatus =
  | 'created'
  | 'waiting_for_resource'
  | 'preparing'
  | 'pending'
  | 'running'
  | 'canceling'
  | 'success'
  | 'failed'
  | 'canceled'
  | 'skipped'
  | 'manual'
  | 'scheduled';

/** A pipeline has the same statuses, rolled up from its jobs. */
export type PipelineStatus = JobStatus;

/** How a job or pipeline ends. */
export type FinalStatus = 'success' | 'failed' | 'canceled' | 'skipped';

export function isFinal(status: JobStatus): status is FinalStatus {
  return status === 'success' || status === 'failed' || status === 'canceled' || status === 'skipped';
}

/** Whether a job of a `resource_group` keeps the others of the group waiting. */
export function holdsResource(status: JobStatus): boolean {
  return status === 'pending' || status === 'running' || status === 'canceling';
}
