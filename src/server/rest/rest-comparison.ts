import { Hono, type Context } from 'hono';
import { compareLocks, type CoordinatorContext } from '../../coordinator/index.ts';
import { requireStack } from '../access/principal-of.ts';
import { serverError } from '../errors.ts';

export function comparisonRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/stacks/:stack/compare', async (c) => {
    const stack = requireStack(c, context, c.req.param('stack'));
    const [from, to] = [named(c, 'from'), named(c, 'to')];
    return c.json(await compareLocks(context, stack, { from, to }));
  });
  return app;
}

function named(c: Context, side: 'from' | 'to'): string {
  const value = (c.req.query(side) ?? '').trim();
  if (value === '') throw serverError('SERVER_QUERY_INVALID', { name: side, value });
  return value;
}
