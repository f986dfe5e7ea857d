import type { JobAttributes } from '../ci/job-attributes.ts';

/** Variables that differ from package to package; the others are shared by all jobs that one rule made. */
const ownVariables = /^SPACK_(?:JOB_SPEC_(?:DAG_HASH|PKG_NAME|PKG_VERSION|VARIANTS)|CDASH_BUILD_NAME)$/;

/**
 * Jobs with what several of them have in common moved to hidden jobs that they extend: GitLab measures a file before it
 * puts these together, so a pipeline of many packages stays within its limits. Scripts, images and tags are
 * written once for each rule of the stack.
 */
export function sharedParts(jobs: readonly NamedJob[]): readonly (readonly [string, JobAttributes])[] {
  const keyOf = sharedKeys();
  const divided = jobs.map(({ name, job }) => ({ name, job, ...divide(job) }));
  const groups = new Map<string, { readonly shared: JobAttributes; members: number; template?: string }>();
  const groupOf = divided.map(({ shared }) => {
    const key = keyOf(shared);
    const group = groups.get(key) ?? { shared, members: 0 };
    group.members += 1;
    groups.set(key, group);
    return group;
  });
  const several = [...groups.values()].filter(({ members }) => members > 1);
  for (const [index, group] of several.entries()) group.template = `.build-${index + 1}`;
  return [
    ...several.map(({ template = '', shared }) => [template, shared] as const),
    ...divided.map(({ name, job, own }, index) => {
      const template = groupOf[index]?.template;
      return [name, template === undefined ? job : { extends: template, ...own }] as const;
    }),
  ];
}

export interface NamedJob {
  readonly name: string;
  readonly job: JobAttributes;
}

/**
 * The same key for the same content. Scripts and images are the same objects in all jobs of a rule, so that each is
 * written out once.
 */
export function sharedKeys(): (shared: JobAttributes) => string {
  const texts = new Map<string, number>();
  const known = new Map<unknown, number>();
  const numberOf = (value: unknown): number => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const text = JSON.stringify(value) ?? '';
    const number = texts.get(text) ?? texts.size;
    texts.set(text, number);
    known.set(value, number);
    return number;
  };
  return (shared) =>
    Object.entries(shared)
      .map(([key, value]) => `${key}=${numberOf(value)}`)
      .join();
}

/** A job as what it may have in common with others, and the rest. */
export function divide(job: JobAttributes): { readonly shared: JobAttributes; readonly own: JobAttributes } {
  const { stage, needs, variables, ...shared } = job;
  const { mine, others } = divideVariables(variables as Variables);
  return { shared: { ...shared, variables: others }, own: { stage, variables: mine, needs } };
}

type Variables = Readonly<Record<string, unknown>>;

/** A job is divided when its part is measured and when it is written. */
const divided = new WeakMap<Variables, { readonly mine: Variables; readonly others: Variables }>();

function divideVariables(variables: Variables): { readonly mine: Variables; readonly others: Variables } {
  const before = divided.get(variables);
  if (before !== undefined) return before;
  const [mine, others]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [name, value] of Object.entries(variables)) (isOwnVariable(name, value) ? mine : others)[name] = value;
  divided.set(variables, { mine, others });
  return { mine, others };
}

/** One that is put together from other variables reads the same in every job. */
function isOwnVariable(name: string, value: unknown): boolean {
  return ownVariables.test(name) && !String(value).startsWith('$');
}
