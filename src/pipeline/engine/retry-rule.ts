import type { Retry } from '../../gitlab/index.ts';

/** https://docs.gitlab.com/ci/yaml/#retry ; these would fail again, or must not be tried again by themselves. */
const NEVER_RETRIED: ReadonlySet<string> = new Set([
  'missing_dependency_failure',
  'no_matching_runner',
  'ci_quota_exceeded',
  'forward_deployment_failure',
  'environment_creation_failure',
]);

const SCHEDULER_RETRIES = 2;

interface Failure {
  readonly reason: string;
  readonly exitCode?: number;
}

/** Whether a failed attempt is followed by another by itself. */
export function isRetried(retry: Retry, failure: Failure, retriesUsed: number): boolean {
  return !NEVER_RETRIED.has(failure.reason) && retriesUsed < allowedRetries(retry, failure);
}

function allowedRetries(retry: Retry, { reason, exitCode }: Failure): number {
  const isCovered =
    retry.when.includes('always') ||
    retry.when.includes(reason) ||
    (exitCode !== undefined && retry.exitCodes.includes(exitCode));
  if (isCovered && retry.max > 0) return retry.max;
  return reason === 'scheduler_failure' ? SCHEDULER_RETRIES : 0;
}
