import type { Field } from '../document/field.ts';
import { isMapping } from '../document/mapping.ts';
import { checkMapping, readChoice, readFlag } from '../document/values.ts';
import type { Variables, When } from '../job-plan.ts';
import { readVariables } from '../variables/variables.ts';
import type { ConditionCache } from './condition-cache.ts';
import { evaluateChanges, evaluateExists, type FileSetting } from './file-conditions.ts';

/** The settings of the first rule that holds. */
export interface RuleOutcome {
  readonly when?: When | 'never';
  readonly allowFailure?: boolean;
  readonly variables: Variables;
  readonly interruptible?: boolean;
  /** The whole rule, for keywords that replace the job's. */
  readonly field?: Field;
}

interface RuleSetting extends FileSetting {
  readonly conditions: ConditionCache;
  readonly kind: keyof typeof KINDS;
}

const KINDS = {
  job: {
    keys: ['if', 'changes', 'exists', 'when', 'allow_failure', 'variables', 'needs', 'start_in', 'interruptible'],
    whens: ['on_success', 'on_failure', 'always', 'manual', 'delayed', 'never'],
  },
  workflow: { keys: ['if', 'changes', 'exists', 'when', 'variables', 'auto_cancel'], whens: ['always', 'never'] },
  include: { keys: ['if', 'changes', 'exists', 'when'], whens: ['always', 'never'] },
} as const;

/** Work on one rule, in entries of a list. */
const WORK = 10;

/**
 * Returns the outcome of `rules`; undefined if none holds. All rules are checked for faults, also those after the first
 * that holds.
 */
export function evaluateRules(field: Field, setting: RuleSetting): RuleOutcome | undefined {
  if (!Array.isArray(field.value)) return field.invalid('a list of rules');
  let first: RuleOutcome | undefined;
  for (const item of field.with(field.value.flat(10)).items()) {
    const rule = withoutNulls(item);
    setting.budget.entries(WORK + entriesOf(rule?.value, 2));
    const outcome = rule && evaluateRule(rule, setting);
    first ??= outcome;
  }
  return first;
}

/** An empty rule is none; a condition that is null counts as absent. */
function withoutNulls(rule: Field): Field | undefined {
  if (!rule.isMapping) return rule.invalid('a mapping');
  const entries = Object.entries(rule.mapping);
  if (entries.length === 0) return rule.invalid('a condition or an outcome', null);
  const kept = entries.filter(([, value]) => value !== null);
  return kept.length === entries.length ? rule : rule.with(Object.fromEntries(kept));
}

/** Counts what is in a rule's lists and mappings, including those in them. */
function entriesOf(value: unknown, levels: number): number {
  if (Array.isArray(value)) return value.length;
  if (!isMapping(value) || levels < 0) return 0;
  return Object.keys(value).reduce((sum, key) => sum + 1 + entriesOf(value[key], levels - 1), 0);
}

function evaluateRule(rule: Field, setting: RuleSetting): RuleOutcome | undefined {
  const { keys, whens } = KINDS[setting.kind];
  checkMapping(rule, keys);
  const when = readChoice<When | 'never'>(rule.at('when'), whens);
  checkStartIn(rule, when);
  const outcome: RuleOutcome = {
    when,
    allowFailure: readFlag(rule.at('allow_failure')),
    variables: readVariables(rule.at('variables')),
    interruptible: readFlag(rule.at('interruptible')),
    field: rule,
  };
  return holds(rule, setting) ? outcome : undefined;
}

function checkStartIn(rule: Field, when: RuleOutcome['when']): void {
  const isDelayed = when === 'delayed';
  if (isDelayed && !rule.has('start_in')) rule.at('when').invalid('used with `start_in` when it is `delayed`');
  if (!isDelayed && rule.has('start_in')) rule.at('start_in').misplaced('a rule without `when: delayed`');
}

/** All conditions of a rule must hold. Each is evaluated, so that each is checked. */
function holds(rule: Field, setting: RuleSetting): boolean {
  const answers = [
    !rule.has('if') || setting.conditions.compile(rule.at('if'))(setting.lookup),
    !rule.has('changes') || evaluateChanges(rule.at('changes'), setting),
    !rule.has('exists') || evaluateExists(rule.at('exists'), setting),
  ];
  return answers.every((answer) => answer);
}
