import type { Context } from 'hono';
import { countOf } from './query-count.ts';

/** Returns the part of a list that the query asks for with `offset` and `limit`. */
export function pageOf<T>(c: Context, all: readonly T[], limits: { standard: number; most: number }): readonly T[] {
  const offset = countOf(c, 'offset', { standard: 0 });
  return all.slice(offset, offset + countOf(c, 'limit', limits));
}
