import { compileExpression, type Condition } from '../conditions/expression.ts';
import type { Spot } from '../document/fault-list.ts';
import { get } from '../document/mapping.ts';
import { readMapping, readText, rejectUnknown } from '../document/values.ts';

/** What an input may be, and is where nothing is given, if other inputs are so. */
export interface InputRule {
  readonly holds: Condition;
  readonly options?: readonly unknown[];
  readonly default?: unknown;
}

/** https://docs.gitlab.com/ci/yaml/#specinputsrules */
export function readInputRules(value: unknown, spot: Spot): readonly InputRule[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return spot.invalid('a list of rules', value);
  return value.map((item, index) => readRule(item, spot.child(index))).filter((rule) => rule !== undefined);
}

function readRule(value: unknown, spot: Spot): InputRule | undefined {
  const mapping = readMapping(value, spot);
  if (mapping === undefined) return undefined;
  rejectUnknown(mapping, ['if', 'options', 'default'], spot);
  const condition = readText(get(mapping, 'if'), spot.child('if'));
  const options = readOptions(get(mapping, 'options'), spot.child('options'));
  const hasDefault = Object.hasOwn(mapping, 'default');
  if (options === undefined && (condition === undefined || !hasDefault))
    return spot.invalid(
      condition === undefined ? 'a rule with `options`' : 'a rule with `options` or a `default`',
      value,
    );
  const holds = condition === undefined ? () => true : compileExpression(condition);
  if (typeof holds === 'string')
    return spot.child('if').error('GITLAB_EXPRESSION_INVALID', { expression: condition ?? '', reason: holds });
  const standard = get(mapping, 'default') ?? undefined;
  return {
    holds,
    ...(options === undefined ? {} : { options }),
    ...(standard === undefined ? {} : { default: standard }),
  };
}

export function readOptions(value: unknown, spot: Spot): readonly unknown[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  return spot.invalid('a list', value);
}

/** The first that holds with what other inputs are, as far as they are known. */
export function ruleFor(rules: readonly InputRule[], inputs: (name: string) => unknown): InputRule | undefined {
  const lookup = (name: string) => {
    const value = inputs(name.replace(/^inputs\./, ''));
    return typeof value === 'boolean' || typeof value === 'string'
      ? value
      : typeof value === 'number'
        ? String(value)
        : undefined;
  };
  return rules.find(({ holds }) => holds((name) => (name.startsWith('inputs.') ? lookup(name) : undefined)));
}
