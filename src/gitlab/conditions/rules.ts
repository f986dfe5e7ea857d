import type { ConditionCache } from './condition-cache.ts';
import { evaluateChanges, evaluateExists, type FileSetting } from './file-conditions.ts';
import type { Spot } from '../document/fault-list.ts';
import type { Variables, When } from '../job-plan.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { readChoice, readFlag, readMapping, rejectUnknown } from '../document/values.ts';
import { readVariables } from '../variables/variables.ts';

/** What the first rule that holds says. */
export interface RuleOutcome {
  readonly when?: When | 'never';
  readonly allowFailure?: boolean;
  readonly variables: Variables;
  /** Replaces the job's needs. */
  readonly needs?: unknown;
  readonly startIn?: unknown;
  readonly interruptible?: boolean;
  /** Of `workflow` rules only. */
  readonly autoCancel?: unknown;
  /** Which of the rules it is, for complaints. */
  readonly spot?: Spot;
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
 * The outcome of `rules`; undefined if none holds. All rules are checked for faults, also those after the first that
 * holds.
 */
export function evaluateRules(value: unknown, spot: Spot, setting: RuleSetting): RuleOutcome | undefined {
  if (!Array.isArray(value)) return spot.invalid('a list of rules', value);
  let first: RuleOutcome | undefined;
  for (const [index, item] of value.flat(10).entries()) {
    const rule = readRule(item, spot.child(index));
    setting.budget.entries(WORK + entriesOf(rule, 2));
    const outcome = rule === undefined ? undefined : evaluateRule(rule, spot.child(index), setting);
    first ??= outcome;
  }
  return first;
}

/** A rule that says nothing is none; a condition that is null counts as not there. */
function readRule(item: unknown, spot: Spot): Mapping | undefined {
  const rule = readMapping(item, spot);
  if (rule === undefined) return undefined;
  const entries = Object.entries(rule);
  if (entries.length === 0) return spot.invalid('a condition or an outcome', undefined);
  const kept = entries.filter(([, value]) => value !== null);
  return kept.length === entries.length ? rule : Object.fromEntries(kept);
}

/** How much there is in a rule's lists and mappings, those in them included. */
function entriesOf(value: unknown, levels: number): number {
  if (Array.isArray(value)) return value.length;
  if (!isMapping(value) || levels < 0) return 0;
  return Object.keys(value).reduce((sum, key) => sum + 1 + entriesOf(value[key], levels - 1), 0);
}

function evaluateRule(rule: Mapping, spot: Spot, setting: RuleSetting): RuleOutcome | undefined {
  const { keys, whens } = KINDS[setting.kind];
  rejectUnknown(rule, keys, spot);
  const at = (key: string) => [get(rule, key), spot.child(key)] as const;
  const when = readChoice<When | 'never'>(...at('when'), whens);
  checkStartIn(rule, spot, when);
  const outcome: RuleOutcome = {
    when,
    allowFailure: readFlag(...at('allow_failure')),
    variables: readVariables(...at('variables')),
    needs: get(rule, 'needs'),
    startIn: get(rule, 'start_in'),
    interruptible: readFlag(...at('interruptible')),
    autoCancel: get(rule, 'auto_cancel'),
    spot,
  };
  return holds(rule, spot, setting) ? outcome : undefined;
}

function checkStartIn(rule: Mapping, spot: Spot, when: RuleOutcome['when']): void {
  const isTimed = Object.hasOwn(rule, 'start_in');
  if (when === 'delayed' && !isTimed) spot.child('when').invalid('given a `start_in` when it is `delayed`', when);
  if (when === 'delayed' || !isTimed) return;
  const place = 'a rule that does not say `when: delayed`';
  spot.child('start_in').error('GITLAB_KEYWORD_MISPLACED', { keyword: 'start_in', place });
}

/** All conditions of a rule must hold. Each is looked at, so that each is checked. */
function holds(rule: Mapping, spot: Spot, setting: RuleSetting): boolean {
  const { if: expression, changes, exists } = rule;
  const answers = [
    expression === undefined || setting.conditions.compile(expression, spot.child('if'))(setting.lookup),
    changes === undefined || evaluateChanges(changes, spot.child('changes'), setting),
    exists === undefined || evaluateExists(exists, spot.child('exists'), setting),
  ];
  return answers.every((answer) => answer);
}
