import { Webhooks } from '@octokit/webhooks';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Delivery } from '../../coordinator/index.ts';
import { pushOfWebhook, type Push } from '../../forge/index.ts';
import type { Logger, Secret } from '../../kit/index.ts';
import { noteRequest } from '../audit-requests.ts';

interface GithubHookParts {
  /** Returns the secret of the stack's webhook; undefined if there is no such stack or webhook. */
  secretOf(stack: string): Secret | undefined;
  /** Stores a delivery. False if it was stored before. */
  save(stack: string, delivery: Delivery): boolean;
  /** Stores who pushed what. */
  savePush(stack: string, push: Push): void;
  /** Polls the stack's repository soon. */
  wake(stack: string): boolean;
  readonly log: Logger;
}

/** GitHub sends no more than 25 MB ("Webhook events and payloads", payload cap). */
const LARGEST = 25 * 1024 * 1024;
/** Events after which the repository is polled. */
const EVENTS = new Set(['push', 'pull_request', 'create']);
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;
const DELIVERY_ID = /^[\w-]{1,100}$/;

/**
 * `POST /hooks/github/<stack>`. A delivery only causes a poll, and the changes are read from GitHub. So lost, repeated
 * and reordered deliveries all end in the same state. Only who pushed is taken from it, since GitHub reports that
 * nowhere else for tags; it is stored for the object that was pushed. A delivery is stored before it is answered, and
 * is done once a poll that began later has been stored.
 */
export function githubHookRoutes(parts: GithubHookParts): Hono {
  const app = new Hono();
  const limit = bodyLimit({ maxSize: LARGEST, onError: (c) => refuse(c, 413, 'too large') });
  app.post('/hooks/github/:stack', limit, async (c) => {
    const stack = c.req.param('stack');
    const secret = parts.secretOf(stack);
    const body = await c.req.text();
    // The same without such a stack or webhook, so that the answer does not reveal which exist.
    if (secret === undefined || !(await isSigned(body, c.req.header('x-hub-signature-256') ?? '', secret))) {
      parts.log.warn({ stack }, 'a webhook with a wrong signature was refused');
      return refuse(c, 401, 'wrong signature');
    }
    return accept(c, parts, { stack, body });
  });
  return app;
}

function accept(c: Context, parts: GithubHookParts, { stack, body }: { stack: string; body: string }): Response {
  const event = c.req.header('x-github-event') ?? '';
  const id = c.req.header('x-github-delivery') ?? '';
  noteRequest(c, { who: `webhook:${stack}`, on: `delivery ${id}`, details: { event } });
  if (event === 'ping') return c.json({ message: 'pong' });
  if (!DELIVERY_ID.test(id)) return refuse(c, 400, 'X-GitHub-Delivery is missing');
  if (!EVENTS.has(event)) return c.json({ message: 'not needed' }, 202);
  const push = event === 'push' ? pushOfWebhook(body) : undefined;
  if (push !== undefined) parts.savePush(stack, push);
  if (!parts.save(stack, { id, event, body })) return c.json({ message: 'known' });
  parts.log.info({ stack, event, delivery: id }, 'webhook received');
  parts.wake(stack);
  return c.json({ message: 'accepted' }, 202);
}

function refuse(c: Context, status: 400 | 401 | 413, message: string): Response {
  noteRequest(c, { reason: message });
  return c.json({ message }, status);
}

async function isSigned(body: string, signature: string, secret: Secret): Promise<boolean> {
  if (!SIGNATURE.test(signature) || body === '') return false;
  return new Webhooks({ secret: secret.reveal() }).verify(body, signature);
}
