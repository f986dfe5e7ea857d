import type { JobView } from '../../../../src/protocol/index.ts';

/** Returns the jobs of a pipeline that start its children, and those that they need, directly or not. */
export function setupJobs(jobs: readonly JobView[]): ReadonlySet<JobView> {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const found = new Set<JobView>();
  const open = jobs.filter(({ kind }) => kind === 'trigger');
  for (let job = open.pop(); job !== undefined; job = open.pop()) {
    if (found.has(job)) continue;
    found.add(job);
    open.push(...(job.needs ?? []).flatMap((need) => byName.get(need) ?? []));
  }
  return found;
}

/** Whether setup jobs have done all of their work: a trigger runs on until its child has ended. */
export function isSetUp(jobs: Iterable<JobView>): boolean {
  return [...jobs].every((job) => job.status === 'success' || (job.status === 'running' && job.child !== undefined));
}
