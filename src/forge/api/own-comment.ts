import * as z from 'zod';
import { BoundedMap, SlipwayError, hasCode, messageOf, onceSuccessful } from '../../kit/index.ts';
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

/** A comment of ours; without `body`, what it shows is uncertain. */
interface Remembered {
  readonly id: number;
  readonly body?: string;
}

/**
 * Keeps one comment on a request: updates the one of the token's own account that begins with the marker, or creates
 * it. A comment of anybody else is left alone, whatever it begins with. One that a person deleted is created again. The
 * comment is remembered; where it is not known (after a start, or after a creation whose answer was lost) it is
 * searched for first. A list that lags behind may lead to a second one: the next search that shows both deletes the
 * newer one.
 */
export function ownComment<Comment extends Listed>(parts: CommentParts<Comment>): NonNullable<Forge['comment']> {
  const { api, paths, update } = parts;
  const known = new BoundedMap<string, Remembered>(REMEMBERED);
  const isOwn = onceSuccessful(parts.ownership);

  return async ({ request: number, marker, text, isUncertain = false }) => {
    const { all, one } = paths(number);
    const mark = `<!-- ${marker} -->`;
    const body = `${mark}\n${text}`;
    const key = `${number} ${mark}`;
    let isCreated = false;
    const find = async (): Promise<Remembered | undefined> => {
      const own = await isOwn();
      const kept = await keepOldest(parts, number, (comment) => own(comment) && comment.body.startsWith(mark));
      const before = known.get(key);
      if (before === undefined || (kept !== undefined && kept.id !== before.id)) return kept;
      return { id: before.id, body: kept?.body === before.body ? before.body : undefined };
    };
    const alreadyDone = async (): Promise<ApiAnswer | undefined> => {
      const found = await find();
      return found?.body === body ? { ...doneAnswer, body: { id: found.id } } : undefined;
    };
    const write = async (comment: Remembered | undefined): Promise<ApiAnswer> => {
      if (comment !== undefined) {
        known.set(key, { id: comment.id });
        return api.send({ method: update, path: `${one}/${comment.id}`, body: { body } });
      }
      isCreated = true;
      known.delete(key);
      return api.send({ method: 'POST', path: all, body: { body }, alreadyDone });
    };
    try {
      const before = (isUncertain ? undefined : known.get(key)) ?? (await find());
      if (before?.body === body) return void known.set(key, before);
      const sent = await write(before);
      const answer = sent.status === 404 && before !== undefined ? await write(undefined) : sent;
      const { id } = api.check(answer, Written, { method: 'POST', path: all });
      known.set(key, { id, body });
      return isCreated ? 'created' : undefined;
    } catch (error) {
      throw refusal(error, number, parts.forbidden);
    }
  };
}

/** Returns the oldest of the comments on a request that are ours, and deletes the others. */
async function keepOldest<Comment extends Listed>(
  { api, paths, schema, forbidden }: CommentParts<Comment>,
  request: string,
  isOurs: (comment: Comment) => boolean,
): Promise<Comment | undefined> {
  const { list, one } = paths(request);
  const [oldest, ...others] = (await pagedList(api, list, schema)()).filter(isOurs);
  for (const { id } of others)
    await api.send({ method: 'DELETE', path: `${one}/${id}` }).catch((error: unknown) => {
      // An account that may write comments and not delete any keeps both.
      if (!hasCode(error, forbidden)) throw error;
    });
  return oldest;
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
