import type { JobView } from '../../../../src/protocol/index.ts';

/** Stands for jobs that several roots need. */
export const SHARED = '';

export interface RootedJobs {
  readonly jobs: readonly JobView[];
  /** Names of those that build what the stack asks for. */
  readonly roots: readonly string[];
}

/**
 * Returns the name of the root that needs each job, directly or not, or `SHARED`. Roots are what the stack asks for,
 * and whatever no other job needs. A root that another one needs stands for itself.
 */
export function rootOfJobs({ jobs, roots: asked }: RootedJobs): ReadonlyMap<string, string> {
  const isAsked = new Set(asked);
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const waiting = new Map<string, number>();
  for (const { needs = [] } of jobs) for (const need of new Set(needs)) waiting.set(need, (waiting.get(need) ?? 0) + 1);
  const roots = new Map<string, string>();
  const open = jobs.filter(({ name }) => !waiting.has(name)).map(({ name }) => name);
  for (const name of open) roots.set(name, name);
  // A job is looked at once all that need it have been.
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (isAsked.has(name)) roots.set(name, name);
    const root = roots.get(name) as string;
    for (const need of new Set(byName.get(name)?.needs)) {
      if (!byName.has(need)) continue;
      const known = roots.get(need);
      roots.set(need, known === undefined || known === root ? root : SHARED);
      const left = (waiting.get(need) ?? 1) - 1;
      waiting.set(need, left);
      if (left === 0) open.push(need);
    }
  }
  return roots;
}
