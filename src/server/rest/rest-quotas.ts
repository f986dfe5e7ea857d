import { Hono } from 'hono';
import type { CoordinatorContext, Stack } from '../../coordinator/index.ts';
import type { BlockView, QuotaList } from '../../protocol/index.ts';
import { requireStack } from '../access/principal-of.ts';

export function quotaListRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/stacks/:stack/quotas', (c) => c.json(quotaList(context, requireStack(c, context, c.req.param('stack')))));
  return app;
}

function quotaList(context: CoordinatorContext, { configuration }: Stack): QuotaList {
  const { name, blocked } = configuration;
  const configured = { reason: 'blocked', by: 'the configuration of the server' };
  const blocks: BlockView[] = [
    ...context.blocks
      .ofStack(name)
      .map(({ kind, name: of, reason, by, since }) => ({ kind, name: of, reason, by, since })),
    ...(blocked.stack ? [{ kind: 'stack' as const, name, ...configured }] : []),
    ...blocked.authors.map((author) => ({ kind: 'author' as const, name: author, ...configured })),
    ...blocked.requests.map((request) => ({ kind: 'request' as const, name: request, ...configured })),
  ];
  const quotas = context.quotas.states(name).map(({ owner, limit, used, most }) => {
    const { kind, name: of } = owner;
    return { kind, name: of, limit, used: Math.round(used * 100) / 100, most };
  });
  return { quotas, blocks };
}
