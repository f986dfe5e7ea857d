import { mergeConfig, removeConfig, type ConfigMapping, type SpecNode } from '../../spack/index.ts';
import type { AskedMappings } from './dynamic-mapping.ts';
import type { CiSection, NamedJob, PipelineRule } from './ci-section.ts';
import type { MatchPackage } from './match-package.ts';

/** What is said of a job by the keys of GitLab, plain. */
export type JobAttributes = Readonly<Record<string, unknown>>;

interface JobRules {
  readonly rules: readonly PipelineRule[];
  readonly match: MatchPackage;
  /** What the endpoints of dynamic mappings answered, as far as they were asked. */
  readonly asked: AskedMappings;
}

/** Spack keeps these for itself: which runners a job may reach follows from the kind of pipeline. */
export const reservedTags: readonly string[] = ['public', 'protected', 'notary'];

/**
 * All rules that count for a stack, the first counting most: Spack's own that nobody can change, the stack's, and
 * what holds where neither says anything. `script` is what a job runs unless the stack says otherwise.
 */
export function stackRules(section: CiSection, scripts: DefaultScripts): readonly PipelineRule[] {
  return [
    { kind: 'named', job: 'reindex', merge: { 'script:': scripts.reindex } },
    {
      kind: 'named',
      job: 'cleanup',
      merge: { 'script:': ['spack -d mirror destroy {mirror_prefix}/$CI_PIPELINE_ID'] },
    },
    { kind: 'named', job: 'signing', merge: { tags: ['aws', 'protected', 'notary'] } },
    { kind: 'named', job: 'any', remove: { tags: reservedTags } },
    ...section.rules,
    { kind: 'named', job: 'build', merge: { script: scripts.build } },
    { kind: 'named', job: 'noop', merge: { script: ['echo "All specs already up to date, nothing to rebuild."'] } },
  ];
}

interface DefaultScripts {
  readonly build: readonly string[];
  readonly reindex: readonly string[];
}

/**
 * What the rules say of packages' jobs, added to what is known of each: rules are applied from the last to the first.
 */
export function buildAttributes(context: JobRules): (known: JobAttributes, node: SpecNode) => JobAttributes {
  const changesOf = context.rules.toReversed().map((rule) => changesBy(rule, context));
  const isShared = !context.rules.some(changesKnown);
  const found = new Map<string, JobAttributes>();
  const numberOf = changeNumbers();
  return (known, node) => {
    const changes = changesOf.map((changesFor) => changesFor(node));
    if (!isShared) return applyAll(changes.flat(), known);
    // Most packages meet the same rules: what these give is worked out once.
    const key = changes.map((list) => list.map(numberOf).join(',')).join(';');
    const shared = found.get(key) ?? applyAll(changes.flat(), { variables: {} });
    found.set(key, shared);
    const variables = { ...(known['variables'] as object), ...(shared['variables'] as object) };
    return { ...shared, variables };
  };
}

/**
 * Where the reasons of `retry` were written `when::`, they stay so: they also stand instead of those that every job
 * gets.
 */
function applyAll(changes: readonly Change[], known: JobAttributes): JobAttributes {
  const attributes = changes.reduce(apply, known);
  const { retry } = attributes;
  if (typeof retry !== 'object' || retry === null || !replacesReasons(changes)) return attributes;
  const entries = Object.entries(retry).map(([key, value]) => [key === 'when' ? 'when:' : key, value] as const);
  return { ...attributes, retry: Object.fromEntries(entries) };
}

/** The rule that counts most decides, as in Spack. */
function replacesReasons(changes: readonly Change[]): boolean {
  const retries = changes.flatMap(({ merge = {} }) =>
    Object.entries(merge).flatMap(([key, value]) => (/^retry[:+-]?$/.test(key) ? [value ?? {}] : [])),
  );
  const written = retries.flatMap((retry) => Object.keys(retry)).filter((key) => /^when[:+-]?$/.test(key));
  return written.at(-1)?.endsWith(':') === true;
}

/** Gives each change a number of its own, so that a list of them can be a key. */
function changeNumbers(): (change: Change) => number {
  const numbers = new Map<Change, number>();
  return (change) => {
    const number = numbers.get(change) ?? numbers.size;
    numbers.set(change, number);
    return number;
  };
}

/** Whether a rule can take away or put together what is known of a package: its variables. */
function changesKnown(rule: PipelineRule): boolean {
  const changes: readonly Change[] = rule.kind === 'submapping' ? rule.entries : rule.kind === 'named' ? [rule] : [];
  return changes.some(({ merge = {}, remove = {} }) => {
    const variables = merge['variables'] ?? {};
    const isPlain = typeof variables === 'object' && Object.keys(variables).every((name) => !/[:+-]$/.test(name));
    const touched = Object.keys({ ...merge, ...remove }).filter((key) => /^variables[:+-]?$/.test(key));
    return !isPlain || 'variables' in remove || touched.some((key) => key !== 'variables');
  });
}

/** What a rule says of a package. */
function changesBy(rule: PipelineRule, { match, asked }: JobRules): (node: SpecNode) => readonly Change[] {
  if (rule.kind === 'named') {
    const changes = isFor(rule.job, 'build') ? [rule] : [];
    return () => changes;
  }
  if (rule.kind === 'dynamic') {
    return ({ hash }) => {
      const answer = asked.get(rule.mapping)?.get(hash);
      return answer === undefined ? [] : [{ merge: answer }];
    };
  }
  // From the last to the first; with `first`, the one that is found first (the lowest) is the only one.
  const entries = rule.entries.toReversed();
  return (node) => {
    if (!rule.onlyOne) return entries.filter((entry) => match(node, entry.match));
    const first = entries.find((entry) => match(node, entry.match));
    return first === undefined ? [] : [first];
  };
}

/** What the rules say of a service job: `noop`, `reindex`, `signing`, `copy` or `cleanup`. */
export function serviceAttributes(
  job: Exclude<NamedJob, 'any' | 'build'>,
  rules: readonly PipelineRule[],
): JobAttributes {
  return rules.toReversed().reduce<JobAttributes>((attributes, rule) => {
    return rule.kind === 'named' && isFor(rule.job, job) ? apply(attributes, rule) : attributes;
  }, {});
}

function isFor(rule: NamedJob, job: NamedJob): boolean {
  return rule === 'any' || rule === job;
}

interface Change {
  readonly merge?: ConfigMapping;
  readonly remove?: ConfigMapping;
}

function apply(attributes: JobAttributes, { merge, remove }: Change): JobAttributes {
  const left = remove === undefined ? attributes : (removeConfig(attributes, remove) as JobAttributes);
  return merge === undefined ? left : (mergeConfig(left, merge) as JobAttributes);
}
