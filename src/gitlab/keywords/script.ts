import type { Spot } from '../document/fault-list.ts';

/** Lists in each other, the outermost one counted: "a nested array of strings up to 10 levels deep". */
const MAX_NESTING = 10;

/** Flattens scripts, whose lists may hold lists (`- *setup`). Lists shared between jobs are flattened once. */
export class ScriptReader {
  readonly #known = new Map<object, readonly string[]>();
  readonly #joined = new Map<readonly string[], Map<readonly string[], readonly string[]>>();

  read(value: unknown, spot: Spot): readonly string[] | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string') return [value];
    if (!Array.isArray(value)) return spot.invalid('a command or a list of commands', value);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const lines: string[] = [];
    this.#flatten(value, { spot, lines, nesting: 0 });
    this.#known.set(value, lines);
    return lines;
  }

  /** One script after the other; the same two give the same list, as most jobs of a generated pipeline share theirs. */
  join(first: readonly string[], second: readonly string[]): readonly string[] {
    if (first.length === 0) return second;
    let known = this.#joined.get(first);
    if (known === undefined) this.#joined.set(first, (known = new Map()));
    const joined = known.get(second) ?? [...first, ...second];
    known.set(second, joined);
    return joined;
  }

  #flatten(items: readonly unknown[], into: { spot: Spot; lines: string[]; nesting: number }): void {
    const { spot, lines, nesting } = into;
    if (nesting >= MAX_NESTING) return spot.invalid(`nested at most ${MAX_NESTING} levels`, items);
    for (const [index, item] of items.entries()) {
      if (typeof item === 'string') lines.push(item);
      else if (Array.isArray(item)) this.#flatten(item, { spot: spot.child(index), lines, nesting: nesting + 1 });
      else if (typeof item === 'number' || typeof item === 'boolean') lines.push(String(item));
      else if (item !== null) spot.child(index).invalid('a command', item);
    }
  }
}
