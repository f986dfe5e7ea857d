import type { Context } from 'hono';
import { serverError } from '../errors.ts';

/** Returns a number of the query, within bounds; refuses anything else. */
export function countOf(c: Context, name: string, bounds: { standard: number; most?: number }): number {
  const value = c.req.query(name);
  if (value === undefined) return bounds.standard;
  if (!/^\d{1,15}$/.test(value)) throw serverError('SERVER_QUERY_INVALID', { name, value });
  return Math.min(Number(value), bounds.most ?? Number.MAX_SAFE_INTEGER);
}
