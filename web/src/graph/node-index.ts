import type { Box, GraphLayout } from './graph-layout.ts';

/** Finds nodes by where they are, without looking at all of them. */
export class NodeIndex {
  readonly #layout: GraphLayout;
  readonly #cell: { readonly width: number; readonly height: number };
  readonly #cells = new Map<string, number[]>();

  constructor(layout: GraphLayout) {
    const { places, node } = layout;
    this.#layout = layout;
    // A node is in the cell of its upper left corner, and reaches at most into the next ones.
    this.#cell = { width: node.width, height: node.height };
    for (let index = 0; 2 * index < places.length; index++) {
      const key = this.#keyOf(places[2 * index] ?? 0, places[2 * index + 1] ?? 0);
      const known = this.#cells.get(key);
      if (known === undefined) this.#cells.set(key, [index]);
      else known.push(index);
    }
  }

  /** Returns the nodes that are in a part of the graph, in no particular order. */
  within({ x, y, width, height }: Box): readonly number[] {
    const { places, node } = this.#layout;
    const found: number[] = [];
    const isInside = (index: number) => {
      const [left, top] = [places[2 * index] ?? 0, places[2 * index + 1] ?? 0];
      return left <= x + width && left + node.width >= x && top <= y + height && top + node.height >= y;
    };
    const columns = Math.ceil(width / this.#cell.width) + 2;
    const rows = Math.ceil(height / this.#cell.height) + 2;
    if (columns * rows > this.#cells.size) return [...Array(places.length / 2).keys()].filter(isInside);
    for (let column = 0; column < columns; column++)
      for (let row = 0; row < rows; row++) {
        const key = this.#keyOf(x + (column - 1) * this.#cell.width, y + (row - 1) * this.#cell.height);
        for (const index of this.#cells.get(key) ?? []) if (isInside(index)) found.push(index);
      }
    return found;
  }

  /** Returns the node at a point, or nearer to it than `reach`. */
  at(x: number, y: number, reach = 0): number | undefined {
    const { places, node } = this.#layout;
    const distance = (index: number) =>
      Math.hypot(x - (places[2 * index] ?? 0) - node.width / 2, y - (places[2 * index + 1] ?? 0) - node.height / 2);
    const near = this.within({ x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach });
    return near.toSorted((a, b) => distance(a) - distance(b))[0];
  }

  #keyOf(x: number, y: number): string {
    return `${Math.floor(x / this.#cell.width)} ${Math.floor(y / this.#cell.height)}`;
  }
}
