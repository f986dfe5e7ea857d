import type { Context } from 'hono';
import { serverError } from '../errors.ts';

/** Returns a value of the query, undefined without one; refuses what is not one of the choices. */
export function choiceOf<T extends string>(c: Context, name: string, choices: readonly T[]): T | undefined {
  const value = c.req.query(name);
  const choice = choices.find((one) => one === value);
  if (value !== undefined && choice === undefined)
    throw serverError('SERVER_QUERY_INVALID', { name, value: value.slice(0, 100) });
  return choice;
}
