import type { JobAttributes } from '../ci/job-attributes.ts';
import type { BuildJob } from './build-jobs.ts';

/**
 * Jobs with what several of them have in common moved to hidden jobs that they extend: GitLab measures a file before it
 * puts these together, so a pipeline of many packages stays within its limits. Scripts, images and tags are
 * written once for each rule of the stack.
 */
export function sharedParts(jobs: readonly BuildJob[]): readonly (readonly [string, JobAttributes])[] {
  const members = new Map<JobAttributes, number>();
  for (const { shared } of jobs) members.set(shared, (members.get(shared) ?? 0) + 1);
  const several = [...members].filter(([, count]) => count > 1);
  const templates = new Map(several.map(([shared], index) => [shared, `.build-${index + 1}`]));
  return [
    ...[...templates].map(([shared, template]) => [template, shared] as const),
    ...jobs.map((job) => {
      const template = templates.get(job.shared);
      return [job.name, template === undefined ? whole(job) : { extends: template, ...job.own }] as const;
    }),
  ];
}

function whole({ shared, own }: BuildJob): JobAttributes {
  const variables = { ...(shared['variables'] as object), ...(own['variables'] as object) };
  return { ...shared, ...own, variables };
}
