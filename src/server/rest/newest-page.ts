import type { Context } from 'hono';
import { countOf } from './query-count.ts';

interface Page<T> {
  readonly page: readonly T[];
  /** What to give as `before` for the page that follows; undefined at the end. */
  readonly next: string | undefined;
}

/** Reads the part of a list, the newest first, that the query asks for with `before` and `limit`. */
export function newestPage<T extends { readonly id: string }>(
  c: Context,
  limits: { readonly standard: number; readonly most: number },
  read: (part: { readonly before?: string; readonly limit: number }) => readonly T[],
): Page<T> {
  const before = c.req.query('before') && String(countOf(c, 'before', { standard: 0 }));
  const limit = Math.max(1, countOf(c, 'limit', limits));
  const found = read({ before, limit: limit + 1 });
  const page = found.slice(0, limit);
  return { page, next: page.length < found.length ? page.at(-1)?.id : undefined };
}
