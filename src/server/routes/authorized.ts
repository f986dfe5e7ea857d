import type { Context } from 'hono';
import * as z from 'zod';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { isSameToken, type Coordinator, type Stack } from '../../coordinator/index.ts';
import { serverError } from '../errors.ts';
import { unknownStack } from '../unknown-stack.ts';
import { checkToken } from '../token-throttle.ts';

const LARGEST = 64 * 1024;
const BEARER = /^Bearer +(\S+)$/i;

interface AuthorizedRequest {
  readonly coordinator: Coordinator;
  /** Undefined if what the request is about does not exist. */
  readonly stack: string | undefined;
  /** What the request is about, where that is not the stack itself: `job 12`. */
  readonly of?: string;
}

/**
 * Does what somebody outside asks of a stack, if they show a token of the stack's; one of an account tells whose doing
 * it is. A stack without a token has none of these requests. What the request gets wrong is answered; what the server
 * gets wrong is thrown.
 */
export async function authorized(
  c: Context,
  { coordinator, stack: name, of }: AuthorizedRequest,
  work: (stack: Stack, actor: string | undefined) => Promise<Response>,
): Promise<Response> {
  const stack = coordinator.context.stacks.get(name ?? '');
  if (stack === undefined) return refuse(c, name === undefined ? missing(of) : unknownStack(coordinator, name));
  const shared = stack.triggerToken === undefined ? [] : [{ token: stack.triggerToken, actor: undefined }];
  const known = [...shared, ...(stack.accounts ?? [])];
  if (known.length === 0) return refuse(c, serverError('SERVER_TOKEN_NOT_SET', { stack: name }));
  const given = bearerOf(c);
  try {
    const found = await checkToken(c, { kind: 'account', token: given }, () =>
      known.find(({ token }) => isSameToken(given, token.reveal())),
    );
    if (found === undefined) throw serverError('SERVER_TOKEN_WRONG', { stack: name });
    return await work(stack, found.actor);
  } catch (error) {
    return refuse(c, error);
  }
}

function missing(of = 'such thing'): SlipwayError {
  return serverError('SERVER_NOT_FOUND', { what: of });
}

/** The token that a request shows, or nothing. */
export function bearerOf(c: Context): string {
  return BEARER.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
}

/** A small JSON body; nothing at all is the empty object. */
export async function readJson(request: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > LARGEST) throw new SyntaxError(`The body is larger than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return JSON.parse(text === '' ? '{}' : text) as unknown;
}

/** What the request gets wrong is answered; what the server gets wrong is thrown. */
export function refuse(c: Context, error: unknown): Response {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return c.json({ message: messageOf(error) }, 400);
  if (!(error instanceof SlipwayError) || error.status >= 500) throw error;
  const { code, message, hint, status } = error;
  return c.json({ code, message, hint }, status as 422);
}
