import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { isSameToken, parseJson, systemClock, type Clock, type Secret } from '../../kit/index.ts';
import { Sha } from '../api/requests-api.ts';
import type { Push, Webhook } from '../forge.ts';

/** Events after which the repository is polled. */
const EVENTS = new Set(['Push Hook', 'Tag Push Hook', 'Merge Request Hook']);
/** How far the time of a signed delivery may be from ours (Standard Webhooks, "Verifying webhook authenticity"). */
const TOLERANCE_S = 5 * 60;

/** What we read of a push: `user_username` is the account that GitLab authenticated; authors come from git. */
const PushPayload = z.object({
  object_kind: z.enum(['push', 'tag_push']),
  ref: z.string().regex(/^refs\/(?:heads|tags)\/./),
  after: Sha,
  user_username: z.string().min(1),
});

/**
 * Reads the deliveries of a webhook of GitLab. A secret that begins with `whsec_` is a signing token: GitLab then signs
 * each delivery as Standard Webhooks has it. Any other is a secret token, which GitLab sends along (X-Gitlab-Token).
 */
export function gitlabWebhook(secret: Secret, clock: Clock = systemClock): Webhook {
  return {
    read: async ({ headers, body }) => {
      const header = (name: string) => headers.get(name) ?? '';
      const text = secret.reveal();
      const isOurs = text.startsWith('whsec_')
        ? isSigned({ text, headers, body, now: clock.now() })
        : isSameToken(header('x-gitlab-token'), text);
      if (!isOurs || text === '') return undefined;
      const event = header('x-gitlab-event');
      return {
        // The key stays the same when GitLab sends a delivery again; versions before 17.4 do not send it.
        id: header('idempotency-key') || header('webhook-id') || header('x-gitlab-event-uuid'),
        event,
        purpose: EVENTS.has(event) ? 'change' : 'other',
        push: pushOf(body),
      };
    },
  };
}

interface SignedDelivery {
  /** The signing token. */
  readonly text: string;
  readonly headers: Headers;
  readonly body: string;
  readonly now: number;
}

/** https://www.standardwebhooks.com: `v1,` and the HMAC-SHA256 of id, time and body, perhaps several of them. */
function isSigned({ text, headers, body, now }: SignedDelivery): boolean {
  const [id, time] = [headers.get('webhook-id') ?? '', headers.get('webhook-timestamp') ?? ''];
  if (id === '' || !/^\d+$/.test(time) || Math.abs(now / 1000 - Number(time)) > TOLERANCE_S) return false;
  const key = Buffer.from(text.slice('whsec_'.length), 'base64');
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`;
  return (headers.get('webhook-signature') ?? '').split(' ').some((signature) => isSameToken(signature, expected));
}

/** Who pushed what; undefined for other events, and for a ref that was removed. */
function pushOf(body: string): Push | undefined {
  const { data } = PushPayload.safeParse(parseJson(body));
  if (data === undefined || /^0+$/.test(data.after)) return undefined;
  return { ref: data.ref, sha: data.after, actor: data.user_username };
}
