import { Webhooks } from '@octokit/webhooks';
import * as z from 'zod';
import { parseJson, type Secret } from '../../kit/index.ts';
import { Sha } from '../api/requests-api.ts';
import type { Push, Webhook } from '../forge.ts';

/** Events after which the repository is polled. */
const EVENTS = new Set(['push', 'pull_request', 'create']);
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * What we read of the payload of `push`: `sender` is the account that GitHub authenticated; `pusher` and commits come
 * from git.
 */
const PushPayload = z.object({
  ref: z.string().regex(/^refs\/(?:heads|tags)\/./),
  after: Sha,
  sender: z.object({ login: z.string().min(1) }),
});

/** Reads the deliveries of a webhook of GitHub, which signs each with the secret (X-Hub-Signature-256). */
export function githubWebhook(secret: Secret): Webhook {
  return {
    read: async ({ headers, body }) => {
      const signature = headers.get('x-hub-signature-256') ?? '';
      if (!SIGNATURE.test(signature) || body === '') return undefined;
      if (!(await new Webhooks({ secret: secret.reveal() }).verify(body, signature))) return undefined;
      const event = headers.get('x-github-event') ?? '';
      return {
        id: headers.get('x-github-delivery') ?? '',
        event,
        purpose: event === 'ping' ? 'test' : EVENTS.has(event) ? 'change' : 'other',
        push: event === 'push' ? pushOf(body) : undefined,
      };
    },
  };
}

/** Who pushed what; undefined for a ref that was removed. */
function pushOf(body: string): Push | undefined {
  const { data } = PushPayload.safeParse(parseJson(body));
  if (data === undefined || /^0+$/.test(data.after)) return undefined;
  return { ref: data.ref, sha: data.after, actor: data.sender.login };
}
