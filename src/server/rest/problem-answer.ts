import type { Context } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';

/** Returns a value. Throws SERVER_NOT_FOUND if it is undefined. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw serverError('SERVER_NOT_FOUND', { what });
  return value;
}

/** Answers the error of a route as `Problem`. Logs errors that are not Slipway's. */
export function answerProblem(error: Error, c: Context, { log }: CoordinatorContext): Response {
  if (!(error instanceof SlipwayError)) {
    log.error({ path: c.req.path, error: messageOf(error), stack: error.stack }, 'request failed');
    const problem: Problem = { code: 'SERVER_FAILED', message: 'The server failed. See its log for the reason.' };
    return c.json(problem, 500);
  }
  return c.json(viewOf(Problem, error), error.status as 404);
}
