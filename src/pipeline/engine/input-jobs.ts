import { isForeignNeed, type JobPlan, type PipelinePlan } from '../../gitlab/index.ts';
import { jobGraph, type JobGraph } from './job-graph.ts';

/**
 * The jobs of its own pipeline whose artifacts a job gets: with `needs`, those that it needs with their artifacts;
 * otherwise all of earlier stages; `dependencies` narrows either (https://docs.gitlab.com/ci/yaml/#dependencies). In
 * the order in which they are to be laid out: by stage, then as they stand in the file, so that of two files or
 * variables with one name the later one stays.
 */
export function inputJobs(plan: PipelinePlan, job: JobPlan): readonly string[] {
  const { dependencies } = job;
  if (dependencies?.length === 0) return [];
  const graph = jobGraph(plan);
  const names = job.needs === undefined ? earlierJobs(graph, job) : neededJobs(graph, job.needs);
  return dependencies === undefined ? names : names.filter((name) => dependencies.includes(name));
}

/** The same list for all jobs of a stage. */
function earlierJobs({ stageOf, inOrder }: JobGraph, { name }: JobPlan): readonly string[] {
  const own = stageOf.get(name) ?? 0;
  const known = earlier.get(inOrder)?.get(own);
  if (known !== undefined) return known;
  const names = [...inOrder.keys()].filter((other) => (stageOf.get(other) ?? 0) < own);
  const byStage = earlier.get(inOrder) ?? new Map<number, readonly string[]>();
  earlier.set(inOrder, byStage.set(own, names));
  return names;
}

const earlier = new WeakMap<JobGraph['inOrder'], Map<number, readonly string[]>>();

function neededJobs({ inOrder }: JobGraph, needs: NonNullable<JobPlan['needs']>): readonly string[] {
  const names = needs.flatMap((need) => (!isForeignNeed(need) && need.artifacts ? [need.job] : []));
  const present = [...new Set(names)].filter((name) => inOrder.has(name));
  return present.toSorted((one, other) => (inOrder.get(one) ?? 0) - (inOrder.get(other) ?? 0));
}
