import { memoized } from '../../kit/index.ts';
import type { JobAttributes } from '../ci/job-attributes.ts';
import type { BuildDecision } from '../plan-build.ts';
import type { BuildJob } from './build-jobs.ts';

/** Variables that differ from package to package; the others are shared by all jobs that one rule made. */
const ownVariables = /^SPACK_(?:JOB_SPEC_(?:DAG_HASH|PKG_NAME|PKG_VERSION|VARIANTS)|CDASH_BUILD_NAME)$/;

/**
 * Jobs with what several of them have in common moved to hidden jobs that they extend: GitLab measures a file before it
 * puts these together, so a pipeline of many packages stays within its limits. Scripts, images and tags are
 * written once for each rule of the stack.
 */
export function sharedParts(jobs: readonly DividedJob[]): readonly (readonly [string, JobAttributes])[] {
  const keyOf = sharedKeys();
  const groups = new Map<string, { readonly shared: JobAttributes; members: number; template?: string }>();
  const grouped = jobs.map((job) => {
    const key = keyOf(job.shared);
    const group = groups.get(key) ?? { shared: job.shared, members: 0 };
    group.members += 1;
    groups.set(key, group);
    return { job, group };
  });
  const several = [...groups.values()].filter(({ members }) => members > 1);
  for (const [index, group] of several.entries()) group.template = `.build-${index + 1}`;
  return [
    ...several.map(({ template = '', shared }) => [template, shared] as const),
    ...grouped.map(({ job, group: { template } }) => {
      return [job.name, template === undefined ? whole(job) : { extends: template, ...job.own }] as const;
    }),
  ];
}

/** A job in two parts: what it may have in common with others, and the rest. */
export interface DividedJob {
  readonly name: string;
  readonly decision: BuildDecision;
  readonly shared: JobAttributes;
  readonly own: JobAttributes;
}

function whole({ shared, own }: DividedJob): JobAttributes {
  const variables = { ...(shared['variables'] as object), ...(own['variables'] as object) };
  return { ...shared, ...own, variables };
}

/**
 * Returns a function that gives equal attributes the same key. Scripts and images are the same objects in all jobs of a
 * rule, so that each is serialized once.
 */
export function sharedKeys(): (shared: JobAttributes) => string {
  let count = 0;
  const numberOfText = memoized<string, number>(() => (count += 1));
  const numberOf = memoized((value: unknown) => numberOfText(JSON.stringify(value) ?? ''));
  return (shared) =>
    Object.entries(shared)
      .map(([key, value]) => `${key}=${numberOf(value)}`)
      .join();
}

export function* divideJobs(jobs: Iterable<BuildJob>): Iterable<DividedJob> {
  for (const { name, decision, job } of jobs) {
    const { stage, needs, variables, ...shared } = job;
    const [mine, others]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
    for (const [key, value] of Object.entries(variables as object))
      (isOwnVariable(key, value) ? mine : others)[key] = value;
    yield { name, decision, shared: { ...shared, variables: others }, own: { stage, variables: mine, needs } };
  }
}

/** A variable that is composed of others has the same text in every job. */
function isOwnVariable(name: string, value: unknown): boolean {
  return ownVariables.test(name) && !String(value).startsWith('$');
}
