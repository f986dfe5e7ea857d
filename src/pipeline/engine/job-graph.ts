import { isForeignNeed, type JobPlan, type PipelinePlan } from '../../gitlab/index.ts';

/** How the jobs of one plan wait for each other. */
export interface JobGraph {
  readonly plans: ReadonlyMap<string, JobPlan>;
  /** Index of each job among the plan's jobs. */
  readonly indexOf: ReadonlyMap<string, number>;
  /** The place of each job by stage, and within it by the file. */
  readonly inOrder: ReadonlyMap<string, number>;
  /** Index of a job's stage among the plan's stages. */
  readonly stageOf: ReadonlyMap<string, number>;
  /** For jobs with `needs`: those of this pipeline. Undefined for jobs that wait for earlier stages. */
  readonly needsOf: ReadonlyMap<string, readonly string[]>;
  /** Jobs with `needs`, by what they need. */
  readonly neededBy: ReadonlyMap<string, readonly string[]>;
  /** Jobs of a `resource_group`. */
  readonly grouped: readonly JobPlan[];
  /** Jobs without `needs`, by stage. */
  readonly stageJobs: readonly (readonly string[])[];
}

const graphs = new WeakMap<PipelinePlan, JobGraph>();

/** The graph of a plan; made once for each plan object. */
export function jobGraph(plan: PipelinePlan): JobGraph {
  const known = graphs.get(plan);
  if (known !== undefined) return known;
  const graph = buildGraph(plan);
  graphs.set(plan, graph);
  return graph;
}

/** A job of a plan by its name, however many there are. */
export function jobPlan(plan: PipelinePlan, name: string): JobPlan | undefined {
  return jobGraph(plan).plans.get(name);
}

/** Index of a job among the plan's jobs. It never changes, and unlike the name it is not text from a file. */
export function jobIndex(plan: PipelinePlan, name: string): number | undefined {
  return jobGraph(plan).indexOf.get(name);
}

function buildGraph(plan: PipelinePlan): JobGraph {
  const stages = new Map(plan.stages.map((stage, index) => [stage, index]));
  const plans = new Map(plan.jobs.map((job) => [job.name, job]));
  const indexOf = new Map(plan.jobs.map((job, index) => [job.name, index]));
  const stageOf = new Map(plan.jobs.map((job) => [job.name, stages.get(job.stage) ?? 0]));
  const ordered = plan.jobs.toSorted((a, b) => (stageOf.get(a.name) ?? 0) - (stageOf.get(b.name) ?? 0));
  const inOrder = new Map(ordered.map((job, index) => [job.name, index]));
  const needsOf = new Map<string, readonly string[]>();
  const neededBy = new Map<string, string[]>(plan.jobs.map((job) => [job.name, []]));
  const stageJobs: string[][] = plan.stages.map(() => []);
  for (const job of plan.jobs) {
    if (job.needs === undefined) {
      stageJobs[stageOf.get(job.name) ?? 0]?.push(job.name);
      continue;
    }
    const local = job.needs.filter((need) => !isForeignNeed(need) && plans.has(need.job)).map((need) => need.job);
    needsOf.set(job.name, [...new Set(local)]);
    for (const need of new Set(local)) neededBy.get(need)?.push(job.name);
  }
  const grouped = plan.jobs.filter(({ resourceGroup }) => resourceGroup !== undefined);
  return { plans, indexOf, inOrder, stageOf, needsOf, neededBy, grouped, stageJobs };
}

/** All jobs that wait for a job, directly or not. */
export function dependentsOf(graph: JobGraph, job: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [job];
  let earliest = Infinity;
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const stage = graph.stageOf.get(name) ?? 0;
    const later = stage < earliest ? graph.stageJobs.slice(stage + 1).flat() : [];
    earliest = Math.min(earliest, stage);
    for (const next of [...(graph.neededBy.get(name) ?? []), ...later]) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}
