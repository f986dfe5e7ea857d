import { Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import type { StackList } from '../../protocol/index.ts';
import { stackView } from './views.ts';

export function stackRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/stacks', (c) =>
    c.json({ stacks: [...context.stacks.keys()].map((name) => stackView(context, name)) } satisfies StackList),
  );
  app.get('/stacks/:stack', (c) => c.json(stackView(context, c.req.param('stack'))));
  return app;
}
