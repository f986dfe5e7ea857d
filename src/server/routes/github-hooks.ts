import { Webhooks } from '@octokit/webhooks';
import { Hono, type Context } from 'hono';
import type { Delivery } from '../../coordinator/index.ts';
import { pushOfWebhook, type Push } from '../../forge/index.ts';
import type { Logger, Secret } from '../../kit/index.ts';

interface GithubHookParts {
  /** What the stack's webhook is signed with; undefined if there is no such stack, or no webhook for it. */
  secretOf(stack: string): Secret | undefined;
  /** Stores a delivery for good. False if it is there already. */
  save(stack: string, delivery: Delivery): boolean;
  /** Stores who pushed what. */
  savePush(stack: string, push: Push): void;
  /** Has the stack's repository looked at. */
  wake(stack: string): boolean;
  readonly log: Logger;
}

/** GitHub sends no more than 25 MB ("Webhook events and payloads", payload cap). */
const LARGEST = 25 * 1024 * 1024;
/** What may change what we see of a repository. */
const EVENTS = new Set(['push', 'pull_request', 'create']);
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;
const DELIVERY_ID = /^[\w-]{1,100}$/;

/**
 * `POST /hooks/github/<stack>`. A delivery is proof enough that it is time to look; what happened is read from GitHub.
 * Only who pushed is taken from it, since GitHub tells that nowhere else for tags; it is kept for the very object that
 * was pushed. So lost, repeated and overtaken deliveries all end in the same state. It is stored before it is answered,
 * and counts as worked when a look that began after it has been stored.
 */
export function githubHookRoutes(parts: GithubHookParts): Hono {
  const app = new Hono();
  app.post('/hooks/github/:stack', async (c) => {
    const stack = c.req.param('stack');
    const secret = parts.secretOf(stack);
    if (secret === undefined) return refuse(c, 404, 'not found');
    const body = await readBody(c.req.raw);
    if (body === undefined) return refuse(c, 413, 'too large');
    if (!(await isSigned(body, c.req.header('x-hub-signature-256') ?? '', secret))) {
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

function refuse(c: Context, status: 400 | 401 | 404 | 413, message: string): Response {
  return c.json({ message }, status);
}

async function isSigned(body: string, signature: string, secret: Secret): Promise<boolean> {
  if (!SIGNATURE.test(signature) || body === '') return false;
  return new Webhooks({ secret: secret.reveal() }).verify(body, signature);
}

/** The body as text; undefined if it is larger than GitHub's may be. */
async function readBody(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > LARGEST) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > LARGEST) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
