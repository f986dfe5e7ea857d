import { costOfJoining, joined, type LayerGroup, type Weights } from './layer-group.ts';

/** The cost of joining any two of some groups, and the two that cost least. */
export class PairCosts {
  readonly #weights: Weights;
  readonly #groups: (LayerGroup | undefined)[];
  /** Row by row; only the part in which the second number is the larger one. */
  readonly #costs: Float64Array;
  /** For each group, the number of its best partner among those after it; -1 for none. */
  readonly #partners: Int32Array;
  count: number;

  constructor(groups: readonly LayerGroup[], weights: Weights) {
    const size = groups.length;
    this.#weights = weights;
    this.#groups = [...groups];
    this.#costs = new Float64Array(size * size).fill(Infinity);
    this.#partners = new Int32Array(size).fill(-1);
    this.count = size;
    for (let one = 0; one < size; one += 1) {
      for (let other = one + 1; other < size; other += 1) this.#work(one, other);
      this.#choose(one);
    }
  }

  groups(): readonly LayerGroup[] {
    return this.#groups.filter((group) => group !== undefined);
  }

  /** Joins the two groups whose joining costs the fewest bytes. There must be two. */
  joinBest(): void {
    const one = this.#bestRow();
    const other = this.#partners[one] as number;
    this.#groups[one] = joined(this.#groups[one] as LayerGroup, this.#groups[other] as LayerGroup, this.#weights);
    this.#groups[other] = undefined;
    this.count -= 1;
    for (let index = 0; index < this.#groups.length; index += 1) {
      this.#costs[this.#at(index, other)] = Infinity;
      if (index !== one && this.#groups[index] !== undefined) this.#work(Math.min(index, one), Math.max(index, one));
    }
    for (let index = 0; index < this.#groups.length; index += 1)
      if (this.#groups[index] !== undefined) this.#refresh(index, one, other);
  }

  #work(one: number, other: number): void {
    const cost = costOfJoining(this.#groups[one] as LayerGroup, this.#groups[other] as LayerGroup, this.#weights);
    this.#costs[this.#at(one, other)] = cost;
  }

  /** Updates a group's choice after `one` has absorbed `other`. */
  #refresh(index: number, one: number, other: number): void {
    const partner = this.#partners[index] as number;
    if (index === one || partner === one || partner === other) this.#choose(index);
    else if (index < one && this.#costOf(index, one) < this.#costOf(index, partner)) this.#partners[index] = one;
  }

  #choose(one: number): void {
    let best = -1;
    for (let other = one + 1; other < this.#groups.length; other += 1) {
      if (this.#costOf(one, other) < (best < 0 ? Infinity : this.#costOf(one, best))) best = other;
    }
    this.#partners[one] = best;
  }

  #bestRow(): number {
    let best = -1;
    for (let row = 0; row < this.#groups.length; row += 1) {
      const partner = this.#partners[row] as number;
      if (this.#groups[row] === undefined || partner < 0) continue;
      if (best < 0 || this.#costOf(row, partner) < this.#costOf(best, this.#partners[best] as number)) best = row;
    }
    return best;
  }

  #costOf(one: number, other: number): number {
    return other < 0 ? Infinity : (this.#costs[this.#at(one, other)] as number);
  }

  #at(one: number, other: number): number {
    return Math.min(one, other) * this.#groups.length + Math.max(one, other);
  }
}
