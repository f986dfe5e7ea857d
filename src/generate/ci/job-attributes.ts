import { mergeConfig, removeConfig } from '../../spack/index.ts';
import type { ConfigMapping, SpecNode } from '../../spack/index.ts';
import type { AskedMappings } from './dynamic-mapping.ts';
import type { CiSection, NamedJob, PipelineRule } from './ci-section.ts';
import type { MatchPackage } from './match-package.ts';

/** What is said of a job by the keys of GitLab, plain. */
export type JobAttributes = Readonly<Record<string, unknown>>;

export interface JobRules {
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

export interface DefaultScripts {
  readonly build: readonly string[];
  readonly reindex: readonly string[];
}

/** What the rules say of one package's job, added to what is known of it: rules are applied from the last to the first. */
export function buildAttributes(known: JobAttributes, node: SpecNode, context: JobRules): JobAttributes {
  return context.rules.toReversed().reduce((attributes, rule) => {
    if (rule.kind === 'named') return isFor(rule.job, 'build') ? apply(attributes, rule) : attributes;
    if (rule.kind === 'submapping') return applySubmapping(attributes, rule, { node, match: context.match });
    const answer = context.asked.get(rule.mapping)?.get(node.hash);
    return answer === undefined ? attributes : apply(attributes, { merge: answer });
  }, known);
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

/** Entries are tried from the last to the first; with `first`, the one that is found first (the lowest) is the only one. */
function applySubmapping(
  attributes: JobAttributes,
  rule: Extract<PipelineRule, { kind: 'submapping' }>,
  { node, match }: { readonly node: SpecNode; readonly match: MatchPackage },
): JobAttributes {
  const matching = rule.entries.toReversed().filter((entry) => entry.match.some((text) => match(node, text)));
  return (rule.onlyOne ? matching.slice(0, 1) : matching).reduce(apply, attributes);
}
