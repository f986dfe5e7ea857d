/** One of those who wait for their turn. */
export interface Sharer {
  readonly name: string;
  /** Turns that it has for each turn of a sharer of weight 1. */
  readonly weight: number;
}

/**
 * Whose turn it is, where several share what there is too little of: weighted round robin by start times (Goyal et al.,
 * "Start-time fair queueing"). A sharer who had nothing to do for a while has saved up nothing, and owes nothing. One
 * instance for all who share; it forgets everything at a restart, which costs each at most a turn.
 */
export class FairTurns {
  /** Turns taken by each sharer, divided by its weight. */
  readonly #taken = new Map<string, number>();
  /** Where the sharer stood who had the last turn. */
  #now = 0;

  /** Those who wait, in the order of their turns; among equals, as they were given. */
  order<One extends Sharer>(waiting: readonly One[]): readonly One[] {
    return waiting.toSorted((a, b) => this.#standing(a) - this.#standing(b));
  }

  /** The sharer had a turn. */
  took(sharer: Sharer): void {
    const began = this.#standing(sharer);
    this.#now = began;
    this.#taken.set(sharer.name, began + 1 / sharer.weight);
  }

  #standing({ name }: Sharer): number {
    return Math.max(this.#taken.get(name) ?? 0, this.#now);
  }
}
