import { Webhooks } from '@octokit/webhooks';
import * as z from 'zod';
import { parseJson, sha256, type Secret } from '../../kit/index.ts';
import { Sha } from '../api/requests-api.ts';
import type { Push } from '../forge-event.ts';
import type { Webhook } from '../webhook.ts';
import { checkClick } from './check-clicks.ts';

/** Events after which the repository is polled. */
const EVENTS = new Set(['push', 'pull_request', 'create', 'issue_comment', 'merge_group']);
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

const Payload = z.object({ repository: z.object({ full_name: z.string() }) });

/** The App whose webhook it is, and the repository of the stack. */
interface WebhookOfApp {
  readonly app: string;
  readonly repository: string;
}

/** Reads the deliveries of a webhook of GitHub, which signs each with the secret (X-Hub-Signature-256). */
export function githubWebhook(secret: Secret, ofApp?: WebhookOfApp): Webhook {
  return {
    shared: ofApp && { by: sha256(`${ofApp.app} ${secret.reveal()}`), repository: ofApp.repository },
    read: async ({ headers, body }) => {
      const signature = headers.get('x-hub-signature-256') ?? '';
      if (!SIGNATURE.test(signature) || body === '') return undefined;
      if (!(await new Webhooks({ secret: secret.reveal() }).verify(body, signature))) return undefined;
      const event = headers.get('x-github-event') ?? '';
      const payload = parseJson(body);
      const click = checkClick(event, payload);
      return {
        id: headers.get('x-github-delivery') ?? '',
        event,
        purpose: event === 'ping' ? 'test' : EVENTS.has(event) || click !== undefined ? 'change' : 'other',
        repository: Payload.safeParse(payload).data?.repository.full_name,
        push: event === 'push' ? pushOf(payload) : undefined,
        click,
      };
    },
  };
}

/** Who pushed what; undefined for a ref that was removed. */
function pushOf(payload: unknown): Push | undefined {
  const { data } = PushPayload.safeParse(payload);
  if (data === undefined || /^0+$/.test(data.after)) return undefined;
  return { ref: data.ref, sha: data.after, actor: data.sender.login };
}
