/** Pixels by which a row is higher than the others. */
interface TallRow {
  readonly row: number;
  readonly extra: number;
}

/** Where rows begin, of which a few are higher than the others: lines that wrap. */
export class RowHeights {
  readonly rows: number;
  readonly rowHeight: number;
  readonly #tall: readonly TallRow[];
  /** Sums of the extra pixels before each tall row. */
  readonly #before: readonly number[];
  readonly #extra: number;

  /** `tall` is ascending. */
  constructor(rows: number, rowHeight: number, tall: readonly TallRow[] = []) {
    this.rows = rows;
    this.rowHeight = rowHeight;
    this.#tall = tall;
    let sum = 0;
    this.#before = tall.map(({ extra }) => (sum += extra) - extra);
    this.#extra = sum;
  }

  get height(): number {
    return this.rows * this.rowHeight + this.#extra;
  }

  topOf(row: number): number {
    const next = this.#firstTall((tall) => tall.row >= row);
    return row * this.rowHeight + (this.#before[next] ?? this.#extra);
  }

  /** The row that covers a place, counted in pixels from the beginning. */
  rowAt(y: number): number {
    const next = this.#firstTall(({ row, extra }, index) => {
      return (row + 1) * this.rowHeight + (this.#before[index] ?? 0) + extra > y;
    });
    const tall = this.#tall[next];
    const row = Math.floor((y - (this.#before[next] ?? this.#extra)) / this.rowHeight);
    return tall === undefined ? row : Math.min(row, tall.row);
  }

  /** Index of the first tall row of which something is true that is true of all after it. */
  #firstTall(isAfter: (tall: TallRow, index: number) => boolean): number {
    let [low, high] = [0, this.#tall.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isAfter(this.#tall[middle] as TallRow, middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
