import type { ReadJob } from './job.ts';
import type { JobPlan, Need } from './job-plan.ts';

/**
 * Writes jobs with `parallel: N` out as `name 1/N` … `name N/N`, and lets needs and dependencies on the name
 * mean all of them. https://docs.gitlab.com/ci/yaml/#parallel
 */
export function expandParallel(jobs: readonly ReadJob[]): readonly ReadJob[] {
  const copies = new Map(jobs.filter((job) => job.parallel !== undefined).map((job) => [job.plan.name, copiesOf(job)]));
  if (copies.size === 0) return jobs;
  const names = (name: string) => copies.get(name)?.map((copy) => copy.plan.name) ?? [name];
  return jobs.flatMap((job) =>
    (copies.get(job.plan.name) ?? [job]).map((one) => ({ ...one, plan: pointAt(one.plan, names) })),
  );
}

function copiesOf(job: ReadJob): readonly ReadJob[] {
  const total = job.parallel ?? 1;
  return Array.from({ length: total }, (_, index) => {
    const node = {
      CI_NODE_INDEX: { value: String(index + 1), raw: false },
      CI_NODE_TOTAL: { value: String(total), raw: false },
    };
    return {
      ...job,
      plan: {
        ...job.plan,
        name: `${job.plan.name} ${index + 1}/${total}`,
        variables: { ...job.plan.variables, ...node },
      },
    };
  });
}

function pointAt(plan: JobPlan, names: (name: string) => readonly string[]): JobPlan {
  const needs = plan.needs?.flatMap((need): readonly Need[] =>
    need.pipeline === undefined ? names(need.job).map((job) => ({ ...need, job })) : [need],
  );
  const dependencies = plan.dependencies?.flatMap(names);
  return {
    ...plan,
    ...(needs === undefined ? {} : { needs }),
    ...(dependencies === undefined ? {} : { dependencies }),
  };
}
