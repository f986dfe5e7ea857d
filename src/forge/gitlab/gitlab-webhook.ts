import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { isSameToken, parseJson, systemClock, webhookKey, type Clock, type Secret } from '../../kit/index.ts';
import { Sha } from '../api/requests-api.ts';
import type { Push } from '../forge-event.ts';
import type { Webhook } from '../webhook.ts';
import { gitlabError } from './errors.ts';

/** Events after which the repository is polled. */
const EVENTS = new Set(['Push Hook', 'Tag Push Hook', 'Merge Request Hook', 'Note Hook', 'Pipeline Hook']);
/** How far the time of a signed delivery may be from ours (Standard Webhooks, "Verifying webhook authenticity"). */
const TOLERANCE_S = 5 * 60;

/** What we read of a push: `user_username` is the account that GitLab authenticated; authors come from git. */
const PushPayload = z.object({
  object_kind: z.enum(['push', 'tag_push']),
  ref: z.string().regex(/^refs\/(?:heads|tags)\/./),
  before: Sha,
  after: Sha,
  user_username: z.string().min(1),
  project: z.object({ path_with_namespace: z.string() }),
  commits: z.array(z.object({ id: z.string() })),
});
type PushPayload = z.infer<typeof PushPayload>;

interface GitlabWebhookOptions {
  /** Signing token or secret token. */
  readonly secret: Secret;
  /** Path of the project. */
  readonly project: string;
  readonly clock?: Clock;
}

/**
 * Reads the deliveries of a webhook of GitLab. A secret that begins with `whsec_` is a signing token: GitLab then signs
 * each delivery as Standard Webhooks has it. Any other is a secret token, which GitLab sends along (X-Gitlab-Token).
 */
export function gitlabWebhook({ secret, project, clock = systemClock }: GitlabWebhookOptions): Webhook {
  const text = secret.reveal();
  const key = signingKey(secret);
  return {
    read: async ({ headers, body }) => {
      const header = (name: string) => headers.get(name) ?? '';
      const isOurs = key
        ? isSigned({ key, headers, body, now: clock.now() })
        : text !== '' && isSameToken(header('x-gitlab-token'), text);
      if (!isOurs) return undefined;
      const event = header('x-gitlab-event');
      const { data } = PushPayload.safeParse(parseJson(body));
      const isTest = data !== undefined && isSample(data);
      return {
        // The key stays the same when GitLab sends a delivery again; versions before 17.4 do not send it.
        id: header('idempotency-key') || header('webhook-id') || header('x-gitlab-event-uuid'),
        event,
        purpose: isTest ? 'test' : EVENTS.has(event) ? 'change' : 'other',
        push: data === undefined || isTest ? undefined : pushOf(data, project),
      };
    },
  };
}

/** Returns the key of a signing token; undefined if it is a secret token. */
function signingKey(token: Secret): Buffer | undefined {
  if (!token.reveal().startsWith('whsec_')) return undefined;
  const key = webhookKey(token);
  if (typeof key === 'string') throw gitlabError('FORGE_GITLAB_SIGNING_TOKEN_INVALID', { reason: key });
  return key;
}

interface SignedDelivery {
  readonly key: Buffer;
  readonly headers: Headers;
  readonly body: string;
  readonly now: number;
}

/** https://www.standardwebhooks.com: `v1,` and the HMAC-SHA256 of id, time and body, perhaps several of them. */
function isSigned({ key, headers, body, now }: SignedDelivery): boolean {
  const [id, time] = [headers.get('webhook-id') ?? '', headers.get('webhook-timestamp') ?? ''];
  if (id === '' || !/^\d+$/.test(time) || Math.abs(now / 1000 - Number(time)) > TOLERANCE_S) return false;
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`;
  return (headers.get('webhook-signature') ?? '').split(' ').some((signature) => isSameToken(signature, expected));
}

/**
 * Whether *Test* in the settings of the webhook made it (`build_sample` in `lib/gitlab/data_builder/push.rb`): it names
 * the account that pressed the button, and a branch or tag that exists. Its commits are the last three of the default
 * branch, from `before` to `after`; those of a push begin after `before`, and a tag has only the commit that it names.
 */
function isSample({ before, after, commits }: PushPayload): boolean {
  const ids = new Set(commits.map(({ id }) => id));
  return ids.has(before) && ids.has(after);
}

/** Who pushed what; undefined for a ref that was removed, and for another project, as a webhook of a group has it. */
function pushOf({ ref, after, user_username: actor, project }: PushPayload, own: string): Push | undefined {
  const isOwn = project.path_with_namespace.toLowerCase() === own.toLowerCase();
  return isOwn && !/^0+$/.test(after) ? { ref, sha: after, actor } : undefined;
}
