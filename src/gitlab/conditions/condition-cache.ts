import { compileExpression, type Condition } from './expression.ts';
import type { Count } from './linear-regex.ts';
import type { Spot } from '../document/fault-list.ts';

/** Compiles each `if` once, however many jobs share it. A broken one is told at the spot and never holds. */
export class ConditionCache {
  readonly #count: Count | undefined;
  readonly #known = new Map<string, Condition | string>();

  constructor(count?: Count) {
    this.#count = count;
  }

  compile(value: unknown, spot: Spot): Condition {
    if (typeof value !== 'string') {
      spot.invalid('an expression', value);
      return () => false;
    }
    const compiled = this.#known.get(value) ?? compileExpression(value, this.#count);
    this.#known.set(value, compiled);
    if (typeof compiled !== 'string') return compiled;
    spot.error('GITLAB_EXPRESSION_INVALID', { expression: shorten(value), reason: compiled });
    return () => false;
  }
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
