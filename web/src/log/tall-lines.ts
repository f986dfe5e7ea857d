import { rowOfLine, type Hidden } from './rows.ts';

/** Lines whose heights are remembered. */
const KEPT = 20_000;

/** The pixels by which wrapped lines are higher than others, as far as they have been drawn. */
export class TallLines {
  readonly #extra = new Map<number, number>();
  #width = '';

  /** Forgets all heights when what they depend on changes. */
  keepFor(width: string): void {
    if (width !== this.#width) this.#extra.clear();
    this.#width = width;
  }

  rows(hidden: readonly Hidden[]) {
    const shown = [...this.#extra].filter(([line]) => !hidden.some(({ first, last }) => first <= line && line <= last));
    return shown.toSorted(([a], [b]) => a - b).map(([line, extra]) => ({ row: rowOfLine(line, hidden), extra }));
  }

  /** Reads the heights of the lines that are drawn. Returns by how much lines above one moved it, or undefined. */
  measure(box: HTMLElement, { rowHeight, above }: { rowHeight: number; above: number }): number | undefined {
    let moved: number | undefined;
    for (const element of box.querySelectorAll<HTMLElement>('.line')) {
      const line = Number(element.id.slice(1));
      const extra = element.offsetHeight - rowHeight;
      const change = extra - (this.#extra.get(line) ?? 0);
      if (change === 0) continue;
      this.#remember(line, extra);
      moved = (moved ?? 0) + (line < above ? change : 0);
    }
    return moved;
  }

  #remember(line: number, extra: number): void {
    this.#extra.delete(line);
    if (extra !== 0) this.#extra.set(line, extra);
    const [oldest] = this.#extra.keys();
    if (this.#extra.size > KEPT && oldest !== undefined) this.#extra.delete(oldest);
  }
}
