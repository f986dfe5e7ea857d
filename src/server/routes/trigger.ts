import { Hono } from 'hono';
import * as z from 'zod';
import { approveRequest, beginRequested, type Coordinator } from '../../coordinator/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { authorized, readJson } from './authorized.ts';

/** `POST /api/v1/stacks/<stack>/trigger` */
const TriggerRequest = z.strictObject({
  ref: z.string().min(1).max(255),
  sha: z
    .string()
    .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'must be a whole SHA')
    .optional(),
  variables: z.record(z.string().max(255), z.string().max(10_000)).default({}),
});

/** `POST /api/v1/stacks/<stack>/requests/<number>/approve` */
const ApprovalRequest = z.strictObject({
  sha: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'must be a whole SHA'),
});

interface TriggerParts {
  /** Looks at a stack's remote; returns when that has been done. */
  look(stack: string): Promise<void>;
}

/**
 * The two requests by which somebody outside starts pipelines, each with the stack's token: a branch's, and that of a
 * fork's pull request which was held. Without a token in the configuration neither exists. They are answered one
 * after the other, so that the same approval twice makes one pipeline.
 */
export function triggerRoutes(coordinator: Coordinator, parts: TriggerParts): Hono {
  const app = new Hono();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  app.post('/api/v1/stacks/:stack/trigger', (c) =>
    authorized(c, { coordinator, stack: c.req.param('stack') }, async (stack, actor) => {
      const asked = TriggerRequest.parse(await readJson(c.req.raw));
      await parts.look(stack.configuration.name);
      const record = await inTurn(() => beginRequested(coordinator, stack, { ...asked, source: 'api', actor }));
      return c.json(answerOf(coordinator, record), 201);
    }),
  );
  app.post('/api/v1/stacks/:stack/requests/:number/approve', (c) =>
    authorized(c, { coordinator, stack: c.req.param('stack') }, async (stack) => {
      const { sha } = ApprovalRequest.parse(await readJson(c.req.raw));
      await parts.look(stack.configuration.name);
      const record = await inTurn(() => approveRequest(coordinator, stack, { request: c.req.param('number'), sha }));
      if (record !== undefined) return c.json(answerOf(coordinator, record), 201);
      return c.json({ message: 'approved; the status of the commit says what it waits for' }, 202);
    }),
  );
  return app;
}

function answerOf({ context }: Coordinator, { id, stack, ref, sha, trust, status }: PipelineRecord) {
  return { id, url: `${context.baseUrl()}/pipelines/${id}`, stack, ref, sha, trust, status };
}
