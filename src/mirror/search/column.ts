/** Decides by the number of a row. */
export type RowTest = (row: number) => boolean;

/** Keeps one of values that are equal. */
export class DistinctValues<Value> {
  readonly list: Value[] = [];
  readonly #numbers = new Map<string, number>();

  /** Returns the position in `list` of the first value that was equal to this one. */
  numberOf(value: Value): number {
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    const number = this.#numbers.get(key) ?? this.list.push(value) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  /** Returns the first value that was equal to this one. */
  once(value: Value): Value {
    return this.list[this.numberOf(value)] as Value;
  }
}

/** One property of all rows of a table. A condition is decided once for each distinct value. */
export class Column<Value> {
  readonly #values = new DistinctValues<Value>();
  #rows = new Uint32Array(1024);
  #count = 0;

  /** Adds the value of the next row. Returns the first value that was equal to it. */
  add(value: Value): Value {
    if (this.#count === this.#rows.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    const number = this.#values.numberOf(value);
    this.#rows[this.#count] = number;
    this.#count += 1;
    return this.#values.list[number] as Value;
  }

  where(condition: (value: Value) => boolean): RowTest {
    const decided = Uint8Array.from(this.#values.list, (value) => Number(condition(value)));
    const rows = this.#rows;
    return (row) => decided[rows[row] as number] === 1;
  }

  /** Returns a function that gives the rank of a row's value in an order of all values. */
  ranks(sort: (values: readonly Value[]) => readonly Value[]): (row: number) => number {
    const ranks = new Uint32Array(this.#values.list.length);
    for (const [rank, value] of sort(this.#values.list).entries()) ranks[this.#values.numberOf(value)] = rank;
    const rows = this.#rows;
    return (row) => ranks[rows[row] as number] as number;
  }
}
