import type { SeenStatus } from './composite-status.ts';

/** How many jobs of each stage are seen in each status, so that composing a status need not visit every job. */
export class Tally {
  readonly #stages: readonly Map<SeenStatus, number>[];

  constructor(stages: number, from?: Tally) {
    this.#stages = Array.from(
      { length: Math.max(stages, 1) },
      (_, index) => new Map(from === undefined ? [] : from.#stages[index]),
    );
  }

  copy(): Tally {
    return new Tally(this.#stages.length, this);
  }

  add(stage: number, status: SeenStatus, change: 1 | -1): void {
    const counts = this.#stages[stage] as Map<SeenStatus, number>;
    const count = (counts.get(status) ?? 0) + change;
    if (count === 0) counts.delete(status);
    else counts.set(status, count);
  }

  /** The statuses seen in all stages before this one; in all stages without one. */
  before(stage: number = this.#stages.length): ReadonlySet<SeenStatus> {
    return new Set(this.#stages.slice(0, stage).flatMap((counts) => [...counts.keys()]));
  }
}
