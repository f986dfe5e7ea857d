/** More new items than this are sorted together with the others, instead of each being put in its place. */
const FEW = 16;

/**
 * A queue whose first item is read often: the first in order, and among equals the one that was added first. To add,
 * delete and find an item costs about the same however many there are.
 */
export class OrderedQueue<Item> {
  readonly #compare: (one: Item, other: Item) => number;
  /** The first one last. Some may have been deleted. */
  #sorted: Item[] = [];
  #added: Item[] = [];
  readonly #present = new Set<Item>();

  constructor(compare: (one: Item, other: Item) => number, items: Iterable<Item> = []) {
    this.#compare = compare;
    for (const item of items) this.add(item);
  }

  get size(): number {
    return this.#present.size;
  }

  /** In the order in which they were added. */
  [Symbol.iterator](): Iterator<Item> {
    return this.#present.values();
  }

  /** Adds an item that was never in this queue. */
  add(item: Item): void {
    this.#present.add(item);
    this.#added.push(item);
  }

  /** False if it is not there. */
  delete(item: Item): boolean {
    return this.#present.delete(item);
  }

  /** Returns the first item that passes the test; what does not pass is looked at again each time. */
  first(test: (item: Item) => boolean = () => true): Item | undefined {
    this.#sort();
    for (let at = this.#sorted.length - 1; at >= 0; at -= 1) {
      const item = this.#sorted[at] as Item;
      if (!this.#present.has(item)) {
        if (at === this.#sorted.length - 1) this.#sorted.pop();
      } else if (test(item)) return item;
    }
    return undefined;
  }

  #sort(): void {
    const added = this.#added;
    if (this.#sorted.length > 2 * this.#present.size + FEW)
      this.#sorted = this.#sorted.filter((item) => this.#present.has(item));
    if (added.length === 0) return;
    this.#added = [];
    if (added.length <= FEW) return added.forEach((item) => this.#insert(item));
    const all = [...this.#sorted.toReversed(), ...added].filter((item) => this.#present.has(item));
    this.#sorted = all.toSorted(this.#compare).toReversed();
  }

  #insert(item: Item): void {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#sorted[middle] as Item, item) > 0) low = middle + 1;
      else high = middle;
    }
    this.#sorted.splice(low, 0, item);
  }
}
