import type { Context } from 'hono';
import { serverError } from '../errors.ts';

/** Returns a number of the query, within bounds; refuses anything else. */
export function countOf(c: Context, name: string, bounds: { standard: number; most: number }): number {
  const given = c.req.query(name);
  if (given === undefined) return bounds.standard;
  if (!/^\d{1,15}$/.test(given)) throw serverError('SERVER_QUERY_INVALID', { name, value: given });
  return Math.min(Number(given), bounds.most);
}
