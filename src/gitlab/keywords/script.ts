import type { Field } from '../document/field.ts';

/** Lists in each other, the outermost one counted: "a nested array of strings up to 10 levels deep". */
const MAX_NESTING = 10;

/** Flattens scripts, whose lists can contain lists (`- *setup`). Lists shared between jobs are flattened once. */
export class ScriptReader {
  readonly #known = new Map<object, readonly string[]>();
  readonly #joined = new Map<readonly string[], Map<readonly string[], readonly string[]>>();

  read(field: Field): readonly string[] | undefined {
    const { value } = field;
    if (value === undefined) return undefined;
    if (typeof value === 'string') return [value];
    if (!Array.isArray(value)) return field.invalid('a command or a list of commands');
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const lines = this.#flatten(field, 0);
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

  #flatten(field: Field, nesting: number): readonly string[] {
    if (nesting >= MAX_NESTING) return field.invalid(`nested at most ${MAX_NESTING} levels`) ?? [];
    return field.items().flatMap((item) => {
      const { value } = item;
      if (Array.isArray(value)) return this.#flatten(item, nesting + 1);
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [String(value)];
      return value === null ? [] : (item.invalid('a command') ?? []);
    });
  }
}
