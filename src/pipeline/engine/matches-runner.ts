import type { JobPlan } from '../../gitlab/index.ts';

interface RunnerTraits {
  readonly tags: readonly string[];
  /** Takes jobs without tags too. */
  readonly runUntagged: boolean;
  /** Takes jobs of protected refs only. */
  readonly protectedOnly: boolean;
}

/**
 * Whether a runner may take a job:
 * https://docs.gitlab.com/ci/runners/configure_runners/#control-jobs-that-a-runner-can-run
 */
export function matchesRunner(
  job: Pick<JobPlan, 'tags'>,
  runner: RunnerTraits,
  ref: { readonly protectedRef: boolean },
): boolean {
  if (runner.protectedOnly && !ref.protectedRef) return false;
  if (job.tags.length === 0) return runner.runUntagged;
  return job.tags.every((tag) => runner.tags.includes(tag));
}
