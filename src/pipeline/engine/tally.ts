import type { SeenStatus } from './composite-status.ts';

type Counts = Map<SeenStatus, number>;

/** How many jobs of each stage are seen in each status, so that composing a status need not visit every job. */
export class Tally {
  readonly #stages: readonly Counts[];
  readonly #all: Counts;

  constructor(stages: number, from?: Tally) {
    this.#stages = Array.from(
      { length: Math.max(stages, 1) },
      (_, index) => new Map(from === undefined ? [] : from.#stages[index]),
    );
    this.#all = new Map(from === undefined ? [] : from.#all);
  }

  copy(): Tally {
    return new Tally(this.#stages.length, this);
  }

  add(stage: number, status: SeenStatus, change: 1 | -1): void {
    for (const counts of [this.#stages[stage] as Counts, this.#all]) {
      const count = (counts.get(status) ?? 0) + change;
      if (count === 0) counts.delete(status);
      else counts.set(status, count);
    }
  }

  /** The statuses seen in all stages before this one; in all stages without one. */
  before(stage?: number): ReadonlySet<SeenStatus> {
    if (stage === undefined) return new Set(this.#all.keys());
    const seen = new Set<SeenStatus>();
    for (let index = 0; index < stage; index += 1) for (const status of this.in(index)) seen.add(status);
    return seen;
  }

  /** The statuses seen in one stage. */
  in(stage: number): Iterable<SeenStatus> {
    return this.#stages[stage]?.keys() ?? [];
  }
}
