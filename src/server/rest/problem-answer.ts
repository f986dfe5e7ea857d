import type { Context } from 'hono';
import type { Coordinator } from '../../coordinator/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';

/** Returns a value, or throws the answer that it does not exist. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw serverError('SERVER_NOT_FOUND', { what });
  return value;
}

/** Answers the error of a route as `Problem`, with its own status; logs errors that are not Slipway's. */
export function answerProblem(error: Error, c: Context, coordinator: Coordinator): Response {
  if (!(error instanceof SlipwayError)) {
    coordinator.context.log.error({ path: c.req.path, error: messageOf(error), stack: error.stack }, 'request failed');
    const problem: Problem = { code: 'SERVER_FAILED', message: 'The server failed; its log says why' };
    return c.json(problem, 500);
  }
  return c.json(viewOf(Problem, error), error.status as 404);
}
