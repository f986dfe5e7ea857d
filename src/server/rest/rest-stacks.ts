import { Hono } from 'hono';
import type { Journey } from '../../coordinator/index.ts';
import type { StackList, StackView } from '../../protocol/index.ts';
import { requireStack } from '../unknown-stack.ts';
import { stackView } from './views.ts';

export function stackRoutes(journey: Journey): Hono {
  const app = new Hono();
  app.get('/stacks', (c) => {
    const stacks = [...journey.context.stacks.keys()].map((name) => stackView(journey, name) as StackView);
    return c.json({ stacks } satisfies StackList);
  });
  app.get('/stacks/:stack', (c) => {
    const name = c.req.param('stack');
    requireStack(journey, name);
    return c.json(stackView(journey, name) as StackView);
  });
  return app;
}
