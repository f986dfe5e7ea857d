import type { Mapping } from './mapping.ts';
import { Reference } from './reference.ts';

const MAX_NESTING = 1000;
const NODE = 8;

/**
 * Measures values with all aliases written out, a node counting as eight characters, visiting each shared object once.
 * Infinity for a value that contains itself, or that aliases nest deeper than any pipeline does.
 */
export class ExpandedSize {
  readonly #known = new Map<object, number>();

  of(value: unknown, nesting: number = 0): number {
    if (typeof value === 'string') return NODE + value.length;
    if (typeof value !== 'object' || value === null) return NODE;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (nesting > MAX_NESTING) return Infinity;
    this.#known.set(value, Infinity);
    let size = NODE;
    if (value instanceof Reference) size += value.path.length;
    else if (Array.isArray(value)) for (const item of value) size += this.of(item, nesting + 1);
    else for (const key of Object.keys(value)) size += key.length + this.of((value as Mapping)[key], nesting + 1);
    this.#known.set(value, size);
    return size;
  }
}
