import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { jobGraph, type JobGraph } from './job-graph.ts';

/** Expected seconds of a job; undefined where nothing is known of it. */
export type Duration = (job: JobPlan) => number | undefined;

/**
 * Seconds from the start of each job to the end of the longest chain of jobs that wait for it. Jobs without `needs`
 * wait for all earlier stages. A job of unknown duration counts as the median of the plan's known ones: as anything
 * much shorter it would be started last, and be the one that everybody waits for.
 */
export function remainingPath(plan: PipelinePlan, duration: Duration): ReadonlyMap<string, number> {
  const graph = jobGraph(plan);
  const typical = medianOf(plan.jobs.flatMap((job) => duration(job) ?? [])) ?? 1;
  const remaining = new Map<string, number>();
  const byStage: JobPlan[][] = plan.stages.map(() => []);
  for (const job of plan.jobs) byStage[graph.stageOf.get(job.name) ?? 0]?.push(job);
  const afterStage: number[] = Array.from({ length: plan.stages.length + 1 }, () => 0);
  for (const stage of [...plan.stages.keys()].toReversed()) {
    const jobs = orderWithin(byStage[stage] ?? [], graph);
    let longest = afterStage[stage + 1] ?? 0;
    for (const job of jobs) {
      const needers = (graph.neededBy.get(job.name) ?? []).map((name) => remaining.get(name) ?? 0);
      const path =
        (duration(job) ?? typical) + needers.reduce((most, one) => Math.max(most, one), afterStage[stage + 1] ?? 0);
      remaining.set(job.name, path);
      if (job.needs === undefined) longest = Math.max(longest, path);
    }
    afterStage[stage] = longest;
  }
  return remaining;
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
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
