import type { PipelinePlan } from '../../gitlab/index.ts';
import { jobGraph } from './job-graph.ts';
import { remainingPath, type Duration } from './remaining-path.ts';

/** The chain of jobs, each of which waits for the one before, that takes longest. */
interface CriticalPath {
  readonly seconds: number;
  /** Names, first to last. */
  readonly jobs: readonly string[];
}

/** Returns what keeps a plan from ending earlier, however many runners there are. */
export function criticalPath(plan: PipelinePlan, duration: Duration): CriticalPath {
  const { neededBy, stageOf, stageJobs } = jobGraph(plan);
  const remaining = remainingPath(plan, duration);
  const left = (name: string) => remaining.get(name) ?? 0;
  const longest = (names: readonly string[]) =>
    names.reduce<string | undefined>(
      (best, one) => (best === undefined || left(one) > left(best) ? one : best),
      undefined,
    );
  // Of the jobs without `needs` in each stage or a later one.
  const longestFrom: (string | undefined)[] = [];
  for (let stage = stageJobs.length - 1; stage >= 0; stage--)
    longestFrom[stage] = longest([...(stageJobs[stage] ?? []), longestFrom[stage + 1] ?? []].flat());
  const jobs: string[] = [];
  let next = longest(plan.jobs.map(({ name }) => name));
  const seconds = next === undefined ? 0 : left(next);
  while (next !== undefined && left(next) > 0) {
    jobs.push(next);
    const later = longestFrom[(stageOf.get(next) ?? 0) + 1];
    next = longest([...(neededBy.get(next) ?? []), ...(later === undefined ? [] : [later])]);
  }
  return { seconds, jobs };
}
