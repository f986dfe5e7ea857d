import type { Context } from 'hono';
import * as z from 'zod';
import { SlipwayError, messageOf, readLimited } from '../../kit/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';
import { noteRequest, reasonText } from '../audit-requests.ts';

const LARGEST = 64 * 1024;

/** Answers a request with the work's result; errors of the request are answered, and errors of the server thrown. */
export async function answering(c: Context, work: () => Promise<Response> | Response): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    return refuse(c, error);
  }
}

/** Reads a small JSON body. An empty body is the empty object. */
export async function readJson(request: Request): Promise<unknown> {
  const tooLarge = () => serverError('SERVER_BODY_TOO_LARGE', { bytes: LARGEST });
  const text = (await readLimited(request.body ?? new Blob([]).stream(), LARGEST, tooLarge)).toString();
  return JSON.parse(text === '' ? '{}' : text) as unknown;
}

/** Answers the error of a request; throws the error of a server. */
export function refuse(c: Context, cause: unknown): Response {
  const isInvalid = cause instanceof z.ZodError || cause instanceof SyntaxError;
  const error = isInvalid ? serverError('SERVER_BODY_INVALID', { reason: messageOf(cause) }) : cause;
  if (!(error instanceof SlipwayError) || error.status >= 500) throw error;
  noteRequest(c, { reason: reasonText(error) });
  return c.json(viewOf(Problem, error), error.status as 422);
}
