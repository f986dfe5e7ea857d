import { compileExpression, type Condition } from '../conditions/expression.ts';
import type { Field } from '../document/field.ts';
import { checkMapping, readText } from '../document/values.ts';

/** The choices and the default of an input while a condition on other inputs holds. */
export interface InputRule {
  readonly holds: Condition;
  readonly options?: readonly unknown[];
  readonly default?: unknown;
}

/** https://docs.gitlab.com/ci/yaml/#specinputsrules */
export function readInputRules(field: Field): readonly InputRule[] | undefined {
  if (readItems(field) === undefined) return undefined;
  return field
    .items()
    .map(readRule)
    .filter((rule) => rule !== undefined);
}

function readRule(field: Field): InputRule | undefined {
  if (!checkMapping(field, ['if', 'options', 'default'])) return undefined;
  const condition = readText(field.at('if'));
  const options = readItems(field.at('options'));
  if (options === undefined && condition === undefined) return field.invalid('a rule with `options`');
  if (options === undefined && !field.has('default')) return field.invalid('a rule with `options` or a `default`');
  const holds = condition === undefined ? () => true : compileExpression(condition);
  if (typeof holds === 'string')
    return field.at('if').error('GITLAB_EXPRESSION_INVALID', { expression: condition, reason: holds });
  return { holds, options, default: field.at('default').value ?? undefined };
}

/** Reads a list of anything. */
export function readItems(field: Field): readonly unknown[] | undefined {
  return field.value === undefined || Array.isArray(field.value) ? field.value : field.invalid('a list');
}

/** Returns the first rule that holds for the other inputs, as far as they are known. */
export function ruleFor(rules: readonly InputRule[], inputs: (name: string) => unknown): InputRule | undefined {
  const lookup = (name: string) => {
    const value = name.startsWith('inputs.') ? inputs(name.slice('inputs.'.length)) : undefined;
    if (typeof value === 'number') return String(value);
    return typeof value === 'boolean' || typeof value === 'string' ? value : undefined;
  };
  return rules.find(({ holds }) => holds(lookup));
}
