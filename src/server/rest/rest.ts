import { Hono } from 'hono';
import type { Context } from 'hono';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import type { Coordinator } from '../../coordinator/index.ts';
import { openapi } from '../../protocol/index.ts';
import type { Problem } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';
import { imageRoutes } from './rest-images.ts';
import { jobRoutes } from './rest-jobs.ts';
import { logRoutes } from './rest-logs.ts';
import { packageRoutes } from './rest-packages.ts';
import { pipelineRoutes } from './rest-pipelines.ts';
import { reproductionRoutes } from './rest-reproduction.ts';
import { stackRoutes } from './rest-stacks.ts';

/** Reading what the server knows, as JSON under `/api/v1`; nothing here changes anything. */
export function restRoutes(coordinator: Coordinator): Hono {
  const app = new Hono();
  app.use('/api/v1/*', async (c, next) => {
    await next();
    c.header('Cache-Control', c.res.headers.get('Cache-Control') ?? 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
  });
  app.get('/api/v1/openapi.json', (c) => c.json(openapi(coordinator.context.version)));
  const parts = [stackRoutes, packageRoutes, pipelineRoutes, jobRoutes, reproductionRoutes, logRoutes, imageRoutes];
  for (const part of parts) app.route('/api/v1', part(coordinator));
  app.onError((error, c) => answerProblem(error, c, coordinator));
  return app;
}

/** Whether the server can do its work: the store answers, and every stack is open. */
export function healthRoutes(coordinator: Coordinator): Hono {
  const { pipelines, configuration, stacks, log } = coordinator.context;
  const app = new Hono();
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', (c) => {
    try {
      pipelines.active();
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the store does not answer');
      return c.text('the store does not answer\n', 503);
    }
    const closed = configuration.stacks.filter(({ name }) => !stacks.has(name)).map(({ name }) => name);
    return closed.length === 0 ? c.text('ready\n') : c.text(`not open yet: ${closed.join(', ')}\n`, 503);
  });
  return app;
}

/** A number of the query, within bounds; anything else in its place is refused. */
export function countOf(c: Context, name: string, bounds: { standard: number; most: number }): number {
  const given = c.req.query(name);
  if (given === undefined) return bounds.standard;
  if (!/^\d{1,15}$/.test(given)) throw serverError('SERVER_QUERY_INVALID', { name, value: given });
  return Math.min(Number(given), bounds.most);
}

/** The thing, or the answer that there is none. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw serverError('SERVER_NOT_FOUND', { what });
  return value;
}

/** Answers a failure of a route as `Problem`, with its own status; what is no failure of ours is logged. */
export function answerProblem(error: Error, c: Context, coordinator: Coordinator): Response {
  if (!(error instanceof SlipwayError)) {
    coordinator.context.log.error({ path: c.req.path, error: messageOf(error), stack: error.stack }, 'request failed');
    const problem: Problem = { code: 'SERVER_FAILED', message: 'The server failed; its log says why' };
    return c.json(problem, 500);
  }
  const problem: Problem = { code: error.code, message: error.message, hint: error.hint };
  return c.json(problem, error.status as 404);
}
