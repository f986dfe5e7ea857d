import type { PipelineLimits } from './limits.ts';

/** Thrown where reading a configuration would take more work than its limits allow. */
export class BudgetSpent extends Error {
  readonly what: string;
  readonly limit: number;

  constructor(what: string, limit: number) {
    super(`${what} is more than ${limit}`);
    this.name = 'BudgetSpent';
    this.what = what;
    this.limit = limit;
  }
}

/**
 * Counts the work of one reading that grows faster than its text: a short text can ask for hours of it. Work is counted and not time,
 * so that a text is refused on every machine or on none.
 */
export class WorkBudget {
  readonly #limits: PipelineLimits;
  #keys = 0;
  #steps = 0;

  constructor(limits: PipelineLimits) {
    this.#limits = limits;
  }

  /** Keys that `extends` and `include` copied from one mapping into another. */
  readonly merged = (keys: number): void => {
    this.#keys += keys;
    const { maxMergedKeys } = this.#limits;
    if (this.#keys > maxMergedKeys)
      throw new BudgetSpent('the number of keys that `extends` and `include` copy', maxMergedKeys);
  };

  /** Steps of matching patterns with texts and paths. */
  readonly matched = (steps: number): void => {
    this.#steps += steps;
    const { maxMatchSteps } = this.#limits;
    if (this.#steps > maxMatchSteps) throw new BudgetSpent('the work of comparing with its patterns', maxMatchSteps);
  };
}
