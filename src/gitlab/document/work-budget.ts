import type { PipelineLimits } from '../limits.ts';

/** Thrown if reading a configuration needs more work than its limits allow. */
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

type Counted = 'maxMergedKeys' | 'maxMatchSteps' | 'maxJobEntries' | 'maxPutIn' | 'maxLoaded';

const WHAT: Readonly<Record<Counted, string>> = {
  maxMergedKeys: 'the number of keys that `extends` and `include` copy',
  maxMatchSteps: 'the work of comparing with its patterns',
  maxJobEntries: 'the number of variables, rules and needs of all its jobs',
  maxPutIn: 'the size of the variables in its tags, names and paths',
  maxLoaded: 'the size of the files it includes, as often as they are read',
};

/**
 * Counts the work of one reading that can grow faster than its text: a short text can require hours of it. Work is
 * counted and not time, so that a text is refused on every machine or on none.
 */
export class WorkBudget {
  readonly #limits: PipelineLimits;
  readonly #spent = new Map<Counted, number>();

  constructor(limits: PipelineLimits) {
    this.#limits = limits;
  }

  /** Keys that were copied from one mapping into another. */
  readonly merged = (keys: number): void => this.#spend('maxMergedKeys', keys);
  /** Steps of matching patterns with texts and paths. */
  readonly matched = (steps: number): void => this.#spend('maxMatchSteps', steps);
  /** Entries of a job's lists and mappings, those that it shares with other jobs too. */
  readonly entries = (count: number): void => this.#spend('maxJobEntries', count);
  /** Characters that replace the name of a variable. */
  readonly putIn = (characters: number): void => this.#spend('maxPutIn', characters);
  /** Characters of a text that is going to be parsed. */
  readonly loaded = (characters: number): void => this.#spend('maxLoaded', characters);

  /** The same configuration is read from its beginning: only the loading counts on. */
  startAgain(): void {
    const loaded = this.#spent.get('maxLoaded') ?? 0;
    this.#spent.clear();
    this.#spent.set('maxLoaded', loaded);
  }

  #spend(counted: Counted, amount: number): void {
    const spent = (this.#spent.get(counted) ?? 0) + amount;
    this.#spent.set(counted, spent);
    const limit = this.#limits[counted];
    if (spent > limit) throw new BudgetSpent(WHAT[counted], limit);
  }
}
