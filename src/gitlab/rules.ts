import { readAllowFailure } from './allow-failure.ts';
import type { ConditionCache } from './condition-cache.ts';
import type { Lookup } from './expression.ts';
import type { Spot } from './fault-list.ts';
import type { JobPlan, Variables, When } from './job-plan.ts';
import { get } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import { readChoice, readMapping, warnUnknown } from './values.ts';
import { readVariables } from './variables.ts';

/** What the first rule that holds says. */
export interface RuleOutcome {
  readonly when?: When | 'never';
  readonly allowFailure?: JobPlan['allowFailure'];
  readonly variables: Variables;
  /** Replaces the job's needs. */
  readonly needs?: unknown;
  readonly startIn?: unknown;
}

export interface RuleSetting {
  readonly conditions: ConditionCache;
  readonly lookup: Lookup;
  /** Keys that a rule may have besides `if`. */
  readonly keys: readonly string[];
}

export const JOB_RULE_KEYS = [
  'if',
  'changes',
  'exists',
  'when',
  'allow_failure',
  'variables',
  'needs',
  'start_in',
  'interruptible',
] as const;
export const WORKFLOW_RULE_KEYS = ['if', 'changes', 'exists', 'when', 'variables', 'auto_cancel'] as const;

/** The outcome of `rules`; undefined if none holds. All rules are checked for faults, also those after the first that holds. */
export function evaluateRules(value: unknown, spot: Spot, setting: RuleSetting): RuleOutcome | undefined {
  if (!Array.isArray(value)) return spot.invalid('a list of rules', value);
  let first: RuleOutcome | undefined;
  for (const [index, item] of value.flat(10).entries()) {
    const rule = readMapping(item, spot.child(index));
    const outcome = rule === undefined ? undefined : evaluateRule(rule, spot.child(index), setting);
    first ??= outcome;
  }
  return first;
}

function evaluateRule(rule: Mapping, spot: Spot, setting: RuleSetting): RuleOutcome | undefined {
  warnUnknown(rule, setting.keys, spot);
  for (const key of ['changes', 'exists']) {
    if (Object.hasOwn(rule, key)) spot.child(key).warn('GITLAB_CONDITION_ASSUMED', { keyword: spot.child(key).key });
  }
  const outcome: RuleOutcome = {
    when: readChoice(get(rule, 'when'), spot.child('when'), [
      'on_success',
      'on_failure',
      'always',
      'manual',
      'delayed',
      'never',
    ] as const),
    allowFailure: readAllowFailure(get(rule, 'allow_failure'), spot.child('allow_failure')),
    variables: readVariables(get(rule, 'variables'), spot.child('variables')),
    needs: get(rule, 'needs'),
    startIn: get(rule, 'start_in'),
  };
  const condition = get(rule, 'if');
  const holds = condition === undefined || setting.conditions.compile(condition, spot.child('if'))(setting.lookup);
  return holds ? outcome : undefined;
}
