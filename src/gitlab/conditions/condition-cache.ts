import type { Field } from '../document/field.ts';
import { compileExpression, type Condition } from './expression.ts';
import type { Count } from './linear-regex.ts';

/** Compiles each `if` once, however many jobs share it. A broken one is reported and never holds. */
export class ConditionCache {
  readonly #count: Count | undefined;
  readonly #known = new Map<string, Condition | string>();

  constructor(count?: Count) {
    this.#count = count;
  }

  compile(field: Field): Condition {
    const { value } = field;
    if (typeof value !== 'string') return field.invalid('an expression') ?? (() => false);
    const compiled = this.#known.get(value) ?? compileExpression(value, this.#count);
    this.#known.set(value, compiled);
    if (typeof compiled !== 'string') return compiled;
    const expression = value.length > 200 ? `${value.slice(0, 200)}…` : value;
    return field.error('GITLAB_EXPRESSION_INVALID', { expression, reason: compiled }) ?? (() => false);
  }
}
