import * as z from 'zod';
import { parseJson } from '../../kit/index.ts';
import type { Push } from '../forge.ts';

/**
 * What we read of the payload of `push`: `sender` is the account that GitHub authenticated; `pusher` and commits come
 * from git.
 */
const PushPayload = z.object({
  ref: z.string().regex(/^refs\/(?:heads|tags)\/./),
  after: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
  sender: z.object({ login: z.string().min(1) }),
});

/** Who pushed what, out of the body of a `push` webhook whose signature holds; undefined for a ref that was removed. */
export function pushOfWebhook(body: string): Push | undefined {
  const { data } = PushPayload.safeParse(parseJson(body));
  if (data === undefined || /^0+$/.test(data.after)) return undefined;
  return { ref: data.ref, sha: data.after, actor: data.sender.login };
}
