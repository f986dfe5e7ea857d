import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { medianOf } from '../../kit/index.ts';
import { jobGraph, type JobGraph } from './job-graph.ts';

/** Expected seconds of a job; undefined where nothing is known of it. */
export type Duration = (job: JobPlan) => number | undefined;

/** Returns the remaining path of each job from the seconds of each, both by the job's index in the plan. */
type PathSolver = (seconds: ArrayLike<number>) => Float64Array;

/**
 * Seconds from the start of each job to the end of the longest chain of jobs that wait for it. Jobs without `needs`
 * wait for all earlier stages. A job of unknown duration counts as the median of the plan's known ones: as anything
 * much shorter it would be started last, and be the one that everybody waits for.
 */
export function remainingPath(plan: PipelinePlan, duration: Duration): ReadonlyMap<string, number> {
  const typical = medianOf(plan.jobs.flatMap((job) => duration(job) ?? [])) ?? 1;
  const remaining = pathSolver(plan)(plan.jobs.map((job) => duration(job) ?? typical));
  return new Map(plan.jobs.map(({ name }, index) => [name, remaining[index] as number]));
}

/** Puts the jobs of a plan in order once, so that their paths can be computed for many durations. */
export function pathSolver(plan: PipelinePlan): PathSolver {
  const graph = jobGraph(plan);
  const indexOf = (name: string) => graph.indexOf.get(name) as number;
  const needers = plan.jobs.map(({ name }) => (graph.neededBy.get(name) ?? []).map(indexOf));
  const inStages: JobPlan[][] = plan.stages.map(() => []);
  for (const job of plan.jobs) inStages[graph.stageOf.get(job.name) ?? 0]?.push(job);
  const stages = inStages.map((jobs) => orderWithin(jobs, graph).map(({ name }) => indexOf(name))).toReversed();
  const hasNeeds = plan.jobs.map(({ needs }) => needs !== undefined);
  return (seconds) => {
    const remaining = new Float64Array(plan.jobs.length);
    // Of the jobs without `needs` in later stages.
    let later = 0;
    for (const stage of stages) {
      let longest = later;
      for (const index of stage) {
        let after = later;
        for (const needer of needers[index] as readonly number[]) after = Math.max(after, remaining[needer] as number);
        const path = (seconds[index] as number) + after;
        remaining[index] = path;
        if (hasNeeds[index] !== true) longest = Math.max(longest, path);
      }
      later = longest;
    }
    return remaining;
  };
}

/** Jobs of one stage, each after those of the stage that need it. */
function orderWithin(jobs: readonly JobPlan[], graph: JobGraph): readonly JobPlan[] {
  const inStage = new Map(jobs.map((job) => [job.name, job]));
  const waiting = new Map(
    jobs.map((job) => [job.name, (graph.neededBy.get(job.name) ?? []).filter((name) => inStage.has(name)).length]),
  );
  const ready = jobs.filter((job) => waiting.get(job.name) === 0);
  for (const job of ready) {
    for (const need of graph.needsOf.get(job.name) ?? []) {
      const needed = inStage.get(need);
      if (needed === undefined) continue;
      const left = (waiting.get(need) ?? 0) - 1;
      waiting.set(need, left);
      if (left === 0) ready.push(needed);
    }
  }
  return ready;
}
