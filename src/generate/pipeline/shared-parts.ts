import type { JobAttributes } from '../ci/job-attributes.ts';

/** Variables that differ from package to package; the others are shared by all jobs that one rule made. */
const ownVariables = /^SPACK_(?:JOB_SPEC_(?:DAG_HASH|PKG_NAME|PKG_VERSION|VARIANTS)|CDASH_BUILD_NAME)$/;

/**
 * Jobs with what several of them have in common moved to hidden jobs that they extend: GitLab measures a file before it
 * puts these together, so a pipeline of many packages stays within its limits. Scripts, images and tags are
 * written once for each rule of the stack.
 */
export function sharedParts(jobs: ReadonlyMap<string, JobAttributes>): Readonly<Record<string, JobAttributes>> {
  const keyOf = textWriter();
  const groups = new Map<string, { readonly shared: JobAttributes; readonly members: [string, JobAttributes][] }>();
  for (const [name, job] of jobs) {
    const { shared, own } = divide(job);
    const key = keyOf(shared);
    const group = groups.get(key) ?? { shared, members: [] };
    group.members.push([name, own]);
    groups.set(key, group);
  }
  const hidden: Record<string, JobAttributes> = {};
  const written = new Map<string, JobAttributes>();
  for (const { shared, members } of groups.values()) {
    const template = `.build-${Object.keys(hidden).length + 1}`;
    if (members.length > 1) hidden[template] = shared;
    for (const [name, own] of members) {
      written.set(name, members.length > 1 ? { extends: template, ...own } : (jobs.get(name) as JobAttributes));
    }
  }
  return { ...hidden, ...Object.fromEntries([...jobs.keys()].map((name) => [name, written.get(name)])) } as Record<
    string,
    JobAttributes
  >;
}

/**
 * The same text for the same content. Scripts and images are the same objects in all jobs of a rule, so that each is
 * written out once.
 */
function textWriter(): (shared: JobAttributes) => string {
  const texts = new WeakMap<object, string>();
  const textOf = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
    const text = texts.get(value) ?? JSON.stringify(value);
    texts.set(value, text);
    return text;
  };
  return (shared) =>
    Object.entries(shared)
      .map(([key, value]) => `${key}=${textOf(value)}`)
      .join('\n');
}

function divide(job: JobAttributes): { readonly shared: JobAttributes; readonly own: JobAttributes } {
  const { stage, needs, variables, ...shared } = job;
  const entries = Object.entries(variables as Readonly<Record<string, unknown>>);
  const [mine, others] = [true, false].map((isOwn) =>
    Object.fromEntries(entries.filter(([name, value]) => isOwnVariable(name, value) === isOwn)),
  );
  return { shared: { ...shared, variables: others }, own: { stage, variables: mine, needs } };
}

/** One that is put together from other variables reads the same in every job. */
function isOwnVariable(name: string, value: unknown): boolean {
  return ownVariables.test(name) && !String(value).startsWith('$');
}
