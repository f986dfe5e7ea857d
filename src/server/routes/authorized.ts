import type { Context } from 'hono';
import * as z from 'zod';
import { SlipwayError, messageOf, readLimited } from '../../kit/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { isSameToken, type Coordinator, type Stack } from '../../coordinator/index.ts';
import { noteRequest, reasonText } from '../audit-requests.ts';
import { serverError } from '../errors.ts';
import { requireStack } from '../require-stack.ts';
import { checkToken } from '../token-throttle.ts';

const LARGEST = 64 * 1024;
const BEARER = /^Bearer +(\S+)$/i;

interface AuthorizedRequest {
  readonly coordinator: Coordinator;
  /** Undefined if the subject does not exist. */
  readonly stack: string | undefined;
  /** The subject of the request, if it is not the stack itself: `job 12`. */
  readonly subject?: string;
}

/**
 * Runs `work` if the request has a token of the stack. A token of an account identifies who sent the request. A stack
 * without a token accepts no such requests. Errors of the request are answered, and errors of the server thrown.
 */
export async function authorized(
  c: Context,
  { coordinator, stack: name, subject = 'such thing' }: AuthorizedRequest,
  work: (stack: Stack, actor: string | undefined) => Promise<Response> | Response,
): Promise<Response> {
  try {
    if (name === undefined) throw serverError('SERVER_NOT_FOUND', { what: subject });
    const stack = requireStack(coordinator.context, name);
    noteRequest(c, { stack: name });
    const accounts = [{ token: stack.triggerToken, actor: undefined }, ...(stack.accounts ?? [])];
    if (accounts.every((account) => account.token === undefined))
      throw serverError('SERVER_TOKEN_NOT_SET', { stack: name });
    const token = bearerOf(c);
    const account = await checkToken(c, { kind: 'account', token }, () =>
      accounts.find((one) => one.token !== undefined && isSameToken(token, one.token.reveal())),
    );
    if (account === undefined) throw serverError('SERVER_TOKEN_WRONG', { stack: name });
    noteRequest(c, { who: account.actor === undefined ? `token:${name}` : `account:${account.actor}` });
    return await work(stack, account.actor);
  } catch (error) {
    return refuse(c, error);
  }
}

/** Returns the bearer token of a request, or empty text. */
export function bearerOf(c: Context): string {
  return BEARER.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
}

/** Reads a small JSON body. An empty body is the empty object. */
export async function readJson(request: Request): Promise<unknown> {
  const tooLarge = () => new SyntaxError(`The body is larger than ${LARGEST} bytes`);
  const text = (await readLimited(request.body ?? new Blob([]).stream(), LARGEST, tooLarge)).toString();
  return JSON.parse(text === '' ? '{}' : text) as unknown;
}

/** Answers the error of a request; throws the error of a server. */
export function refuse(c: Context, error: unknown): Response {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return c.json({ message: messageOf(error) }, 400);
  if (!(error instanceof SlipwayError) || error.status >= 500) throw error;
  noteRequest(c, { reason: reasonText(error) });
  return c.json(viewOf(Problem, error), error.status as 422);
}
