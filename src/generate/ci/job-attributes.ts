import { memoized } from '../../kit/index.ts';
import { mergeConfig, removeConfig, type SpecNode } from '../../spack/index.ts';
import type { MappingAnswers } from './dynamic-mapping.ts';
import type { AttributeChange, NamedJob, PipelineRule } from './ci-section.ts';
import { defaultScript, reindexScript, type ScriptKind } from '../pipeline/scripts.ts';
import type { MatchPackage } from './match-package.ts';

/** A job's attributes by the keys of GitLab, plain. */
export type JobAttributes = Readonly<Record<string, unknown>>;

interface JobRules {
  readonly rules: readonly PipelineRule[];
  readonly match: MatchPackage;
  readonly answers: MappingAnswers;
}

/** Spack keeps these for itself: which runners a job may reach follows from the kind of pipeline. */
export const reservedTags: readonly string[] = ['public', 'protected', 'notary'];

/** All rules of a stack, the first counting most: Spack's own that cannot be changed, the stack's, and the defaults. */
export function stackRules(rules: readonly PipelineRule[], script: ScriptKind): readonly PipelineRule[] {
  return [
    { kind: 'named', job: 'reindex', merge: { 'script:': reindexScript(script) } },
    {
      kind: 'named',
      job: 'cleanup',
      merge: { 'script:': ['spack -d mirror destroy {mirror_prefix}/$CI_PIPELINE_ID'] },
    },
    { kind: 'named', job: 'signing', merge: { tags: ['aws', 'protected', 'notary'] } },
    { kind: 'named', job: 'any', remove: { tags: reservedTags } },
    ...rules,
    { kind: 'named', job: 'build', merge: { script: defaultScript(script) } },
    { kind: 'named', job: 'noop', merge: { script: ['echo "All specs already up to date, nothing to rebuild."'] } },
  ];
}

/** The rules that a package meets. */
export interface MatchedRules {
  /** The same for packages that meet the same rules. */
  readonly key: string;
  /** Returns the attributes of a job with these variables. */
  readonly apply: (variables: Readonly<Record<string, string>>) => JobAttributes;
}

/** Returns a function that finds the rules that a package meets. They apply from the last to the first. */
export function ciRules(context: JobRules): (node: SpecNode) => MatchedRules {
  const changesOf = context.rules.toReversed().map((rule) => changesBy(rule, context));
  let count = 0;
  const numberOf = memoized<AttributeChange, number>(() => (count += 1));
  return (node) => {
    const changes = changesOf.flatMap((changesFor) => changesFor(node));
    const apply: MatchedRules['apply'] = (known) => {
      const attributes = applyAll(changes, { variables: known });
      return { ...attributes, variables: knownFirst(known, attributes['variables']) };
    };
    return { key: changes.map(numberOf).join(), apply };
  };
}

/** Puts the variables that every job has first, as far as no rule has removed them. */
function knownFirst(known: object, merged: unknown): object {
  const variables: Readonly<Record<string, unknown>> = { ...(merged ?? known) };
  const names = Object.keys({ ...known, ...variables }).filter((name) => name in variables);
  return Object.fromEntries(names.map((name) => [name, variables[name]]));
}

/**
 * Where the reasons of `retry` were written `when::`, they stay so: they also stand instead of those that every job
 * gets.
 */
function applyAll(changes: readonly AttributeChange[], known: JobAttributes): JobAttributes {
  const attributes = changes.reduce(apply, known);
  const { retry } = attributes;
  if (typeof retry !== 'object' || retry === null || !replacesReasons(changes)) return attributes;
  const entries = Object.entries(retry).map(([key, value]) => [key === 'when' ? 'when:' : key, value] as const);
  return { ...attributes, retry: Object.fromEntries(entries) };
}

/** The rule that counts most decides, as in Spack. */
function replacesReasons(changes: readonly AttributeChange[]): boolean {
  const retries = changes.flatMap(({ merge = {} }) =>
    Object.entries(merge).flatMap(([key, value]) => (/^retry[:+-]?$/.test(key) ? [value ?? {}] : [])),
  );
  const written = retries.flatMap((retry) => Object.keys(retry)).filter((key) => /^when[:+-]?$/.test(key));
  return written.at(-1)?.endsWith(':') === true;
}

/** Returns the changes that a rule makes for a package. */
function changesBy(rule: PipelineRule, { match, answers }: JobRules): (node: SpecNode) => readonly AttributeChange[] {
  if (rule.kind === 'named') {
    const changes = isFor(rule.job, 'build') ? [rule] : [];
    return () => changes;
  }
  if (rule.kind === 'dynamic') {
    return ({ hash }) => {
      const answer = answers.get(rule.mapping)?.get(hash);
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

/** Returns the attributes of a service job: `noop`, `reindex`, `signing`, `copy` or `cleanup`. */
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

function apply(attributes: JobAttributes, { merge, remove }: AttributeChange): JobAttributes {
  const left = remove === undefined ? attributes : (removeConfig(attributes, remove) as JobAttributes);
  return merge === undefined ? left : (mergeConfig(left, merge) as JobAttributes);
}
