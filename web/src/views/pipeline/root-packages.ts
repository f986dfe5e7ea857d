import type { JobView } from '../../../../src/protocol/index.ts';

/** Stands for jobs that several roots need. */
export const SHARED = '';

/**
 * Returns the name of the root that needs each job, directly or not, or `SHARED`. Roots are the jobs of one pipeline
 * that no other needs: what the stack asks for.
 */
export function rootOfJobs(jobs: readonly JobView[]): ReadonlyMap<string, string> {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const waiting = new Map<string, number>();
  for (const { needs = [] } of jobs) for (const need of new Set(needs)) waiting.set(need, (waiting.get(need) ?? 0) + 1);
  const roots = new Map<string, string>();
  const open = jobs.filter(({ name }) => !waiting.has(name)).map(({ name }) => name);
  for (const name of open) roots.set(name, name);
  // A job is looked at once all that need it have been.
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
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
