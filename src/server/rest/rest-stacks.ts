import { Hono } from 'hono';
import type { Coordinator } from '../../coordinator/index.ts';
import type { StackList, StackView } from '../../protocol/index.ts';
import { requireStack } from '../unknown-stack.ts';
import { stackView } from './views.ts';

export function stackRoutes(coordinator: Coordinator): Hono {
  const app = new Hono();
  app.get('/stacks', (c) => {
    const stacks = [...coordinator.context.stacks.keys()].map((name) => stackView(coordinator, name) as StackView);
    return c.json({ stacks } satisfies StackList);
  });
  app.get('/stacks/:stack', (c) => {
    const name = c.req.param('stack');
    requireStack(coordinator, name);
    return c.json(stackView(coordinator, name) as StackView);
  });
  return app;
}
