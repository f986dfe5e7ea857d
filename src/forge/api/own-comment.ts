import * as z from 'zod';
import { BoundedMap, SlipwayError, hasCode, messageOf } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import type { Forge } from '../forge.ts';
import { doneAnswer, type ApiAnswer } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';
import { pagedList } from './pages.ts';

interface Listed {
  readonly id: number;
  readonly body: string;
}

interface CommentPaths {
  /** Where comments on the request are created. */
  readonly all: string;
  /** First page of the list of them, the oldest first. */
  readonly list: string;
  /** Of a comment, without its id. */
  readonly one: string;
}

interface CommentParts<Comment extends Listed> {
  readonly api: ApiClient;
  readonly schema: z.ZodType<Comment>;
  readonly paths: (request: string) => CommentPaths;
  readonly update: 'PUT' | 'PATCH';
  /** Finds out which comments are of the token's own account. */
  readonly ownership: () => Promise<(comment: Comment) => boolean>;
  /** Code of the error where the token lacks a permission. */
  readonly forbidden: string;
}

const REMEMBERED = 2000;
/** A conversation may be closed for most accounts; the token lacks no permission then. */
const LOCKED = /\blocked\b/i;

const Written = z.object({ id: z.number() });

/**
 * Keeps one comment on a request: updates the one of the token's own account that begins with the marker, or creates it.
 * A comment of anybody else is left alone, whatever it begins with. One that a person deleted is created again. The
 * comment is remembered; where it is not known (after a start, or after a request whose answer was lost) it is searched
 * for first.
 */
export function ownComment<Comment extends Listed>(parts: CommentParts<Comment>): NonNullable<Forge['comment']> {
  const { api, schema, paths, update } = parts;
  const known = new BoundedMap<string, Listed>(REMEMBERED);
  const isOwn = once(parts.ownership);

  return async ({ request: number, marker, text, isUncertain = false }) => {
    const { all, list: first, one } = paths(number);
    const mark = `<!-- ${marker} -->`;
    const body = `${mark}\n${text}`;
    const list = pagedList(api, first, schema);
    const find = async (): Promise<Listed | undefined> => {
      const own = await isOwn();
      return (await list()).find((comment) => own(comment) && comment.body.startsWith(mark));
    };
    const alreadyDone = async (): Promise<ApiAnswer | undefined> => {
      const found = await find();
      return found?.body === body ? { ...doneAnswer, body: { id: found.id } } : undefined;
    };
    const write = async (comment: Listed | undefined): Promise<ApiAnswer> => {
      const [method, path] =
        comment === undefined ? (['POST', all] as const) : ([update, `${one}/${comment.id}`] as const);
      return api.send({ method, path, body: { body }, alreadyDone });
    };
    const key = `${number} ${mark}`;
    try {
      const remembered = isUncertain ? undefined : known.get(key);
      const before = remembered ?? (await find());
      if (before?.body === body) return void known.set(key, before);
      known.delete(key);
      const sent = await write(before);
      const answer = sent.status === 404 && before !== undefined ? await write(await find()) : sent;
      const { id } = api.check(answer, Written, { method: 'POST', path: all });
      known.set(key, { id, body });
    } catch (error) {
      throw refusal(error, number, parts.forbidden);
    }
  };
}

/** Makes the errors by which it is known that repeating is in vain: at all, or for this request. */
function refusal(error: unknown, request: string, forbidden: string): unknown {
  if (!(error instanceof SlipwayError)) return error;
  const details = { request, reason: messageOf(error).replace(/\.$/, '') };
  const isForbidden = error.code === forbidden;
  if (isForbidden && !LOCKED.test(error.message))
    return forgeError('FORGE_COMMENT_FORBIDDEN', details, { cause: error });
  const isRefused = isForbidden || hasCode(error, 'FORGE_STATUS_REFUSED') || error.code.endsWith('_NOT_FOUND');
  return isRefused ? forgeError('FORGE_COMMENT_REFUSED', details, { cause: error }) : error;
}

/** Calls a function until it has succeeded once, and remembers the result. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
