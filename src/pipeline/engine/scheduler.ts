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
 * Pending jobs, the longest remaining path first. Paths are kept for each function of durations: pass the same one for
 * as long as what it knows has not changed.
 */
export function orderJobs<Job extends Candidate>(candidates: readonly Job[], durations: Duration): readonly Job[] {
  const path = (candidate: Candidate) => pathsOf(candidate.plan, durations).get(candidate.job) ?? 0;
  const measured = candidates.map((candidate) => ({ candidate, path: path(candidate) }));
  return measured
    .toSorted((a, b) => b.path - a.path || compare(a.candidate.queuedAt, b.candidate.queuedAt))
    .map(({ candidate }) => candidate);
}

/** The first of `orderJobs`, without putting the others in order. */
export function firstJob<Job extends Candidate>(candidates: Iterable<Job>, durations: Duration): Job | undefined {
  let best: { readonly candidate: Job; readonly path: number } | undefined;
  for (const candidate of candidates) {
    const path = pathsOf(candidate.plan, durations).get(candidate.job) ?? 0;
    const isBetter =
      best === undefined || path > best.path || (path === best.path && candidate.queuedAt < best.candidate.queuedAt);
    if (isBetter) best = { candidate, path };
  }
  return best?.candidate;
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
