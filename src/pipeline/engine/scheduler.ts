import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { remainingPath, type Duration } from './remaining-path.ts';

/** A pending job that waits for a runner. */
export interface Candidate {
  readonly plan: PipelinePlan;
  readonly job: string;
  /** UTC ISO 8601; among equals the older goes first. */
  readonly queuedAt: string;
}

interface RunnerTraits {
  readonly tags: readonly string[];
  /** Takes jobs without tags too. */
  readonly runUntagged: boolean;
  /** Takes jobs of protected refs only. */
  readonly protectedOnly: boolean;
}

const paths = new WeakMap<Duration, WeakMap<PipelinePlan, ReadonlyMap<string, number>>>();

/**
 * Compares pending jobs: the one with the longest remaining path goes first, then the oldest. Paths are kept for each
 * function of durations: pass the same one for as long as what it knows has not changed.
 */
export function jobOrder(durations: Duration): (one: Candidate, other: Candidate) => number {
  const path = ({ plan, job }: Candidate) => pathsOf(plan, durations).get(job) ?? 0;
  return (one, other) => path(other) - path(one) || compare(one.queuedAt, other.queuedAt);
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

function pathsOf(plan: PipelinePlan, durations: Duration): ReadonlyMap<string, number> {
  const known = paths.get(durations) ?? new WeakMap<PipelinePlan, ReadonlyMap<string, number>>();
  paths.set(durations, known);
  const found = known.get(plan) ?? remainingPath(plan, durations);
  known.set(plan, found);
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
