import type { JobStatus } from './job-status.ts';

/**
 * A job's status as its dependents and its pipeline see it: `allow_failure` turns some into a warning, or out of sight.
 */
export type SeenStatus = JobStatus | 'warning' | 'ignored';

export function seenStatus(status: JobStatus, isAllowedToFail: boolean): SeenStatus {
  if (!isAllowedToFail) return status;
  if (status === 'failed' || status === 'canceled') return 'warning';
  return status === 'manual' || status === 'skipped' ? 'ignored' : status;
}

/**
 * The status of a set of jobs, as GitLab composes it (Gitlab::Ci::Status::Composite): the first rule that fits.
 * `isDag` is for the jobs that one job needs. An empty set is a success.
 */
export function compositeStatus(seen: ReadonlySet<SeenStatus>, isDag: boolean = false): JobStatus {
  const only = (...statuses: readonly SeenStatus[]) => [...seen].every((status) => statuses.includes(status));
  const any = (...statuses: readonly SeenStatus[]) => statuses.some((status) => seen.has(status));
  if (isDag && any('skipped', 'ignored')) return 'skipped';
  if (isDag && !only('success', 'failed', 'canceled', 'skipped', 'warning')) return 'pending';
  if (seen.size > 0 && only('skipped', 'ignored')) return 'skipped';
  if (only('success', 'skipped', 'warning', 'ignored')) return 'success';
  if (only('created', 'warning', 'ignored')) return 'created';
  if (only('preparing', 'warning', 'ignored')) return 'preparing';
  if (only('canceled', 'success', 'skipped', 'warning', 'ignored')) return 'canceled';
  if (only('pending', 'created', 'skipped', 'warning', 'ignored')) return 'pending';
  if (any('running', 'pending')) return 'running';
  for (const status of ['canceling', 'waiting_for_resource', 'manual', 'scheduled', 'preparing'] as const)
    if (any(status)) return status;
  return any('created') ? 'running' : 'failed';
}
