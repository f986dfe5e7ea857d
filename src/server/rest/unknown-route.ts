import type { Context, Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { routeName } from '../access/check-routes.ts';
import { serverError } from '../errors.ts';
import { answerProblem } from './problem-answer.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Answers a request that no route of the app takes: 405 with `Allow` where other methods are, 404 elsewhere. */
export function answerUnknownRoute(c: Context, app: Hono, context: CoordinatorContext): Response {
  const { path } = c.req;
  const method = c.req.method === 'HEAD' ? 'GET' : c.req.method;
  const taken = METHODS.filter((one) =>
    app.router.match(one, path)[0].some(([[, route]]) => routeName(route) !== undefined),
  );
  const what = `page or operation at \`${path.slice(0, 100)}\``;
  if (taken.length === 0 || taken.includes(method as 'GET'))
    return answerProblem(serverError('SERVER_NOT_FOUND', { what }), c, context);
  const allowed = taken.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])).join(', ');
  c.header('Allow', allowed);
  return answerProblem(serverError('SERVER_METHOD_REFUSED', { path, method, allowed }), c, context);
}
