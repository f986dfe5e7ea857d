import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Delivery } from '../../coordinator/index.ts';
import type { Forge, Push } from '../../forge/index.ts';
import type { Logger } from '../../kit/index.ts';
import { noteRequest } from '../audit-requests.ts';

interface WebhookParts {
  /** Returns the forge of a stack; undefined if there is no such stack. */
  forgeOf(stack: string): Pick<Forge, 'kind' | 'webhook'> | undefined;
  /** Stores a delivery. False if it was stored before. */
  save(stack: string, delivery: Delivery): boolean;
  /** Stores who pushed what. */
  savePush(stack: string, push: Push): void;
  /** Polls the stack's repository soon. */
  wake(stack: string): boolean;
  readonly log: Logger;
}

/** GitHub and GitLab send no more than 25 MB ("Webhook events and payloads", payload cap). */
const LARGEST = 25 * 1024 * 1024;
const DELIVERY_ID = /^[\w-]{1,100}$/;

/**
 * `POST /hooks/<kind of forge>/<stack>`. A delivery only causes a poll, and the changes are read from the forge. So
 * lost, repeated and reordered deliveries all end in the same state. Only who pushed is taken from it, since forges
 * report that nowhere else for tags; it is stored for the object that was pushed. A delivery is stored before it is
 * answered, and is done once a poll that began later has been stored.
 */
export function webhookRoutes(parts: WebhookParts): Hono {
  const app = new Hono();
  const limit = bodyLimit({ maxSize: LARGEST, onError: (c) => refuse(c, 413, 'too large') });
  app.post('/hooks/:forge/:stack', limit, async (c) => {
    const stack = c.req.param('stack');
    const forge = parts.forgeOf(stack);
    const webhook = forge?.kind === c.req.param('forge') ? forge.webhook : undefined;
    const body = await c.req.text();
    const delivery = await webhook?.read({ headers: c.req.raw.headers, body });
    // The same without such a stack or webhook, so that the answer does not reveal which exist.
    if (delivery === undefined) {
      parts.log.warn({ stack }, 'a webhook with a wrong signature was refused');
      return refuse(c, 401, 'wrong signature');
    }
    const { id, event, purpose, push } = delivery;
    noteRequest(c, { who: `webhook:${stack}`, on: `delivery ${id}`, details: { event } });
    if (purpose === 'test') return c.json({ message: 'pong' });
    if (!DELIVERY_ID.test(id)) return refuse(c, 400, 'the id of the delivery is missing');
    if (purpose === 'other') return c.json({ message: 'not needed' }, 202);
    if (push !== undefined) parts.savePush(stack, push);
    if (!parts.save(stack, { id, event, body })) return c.json({ message: 'known' });
    parts.log.info({ stack, event, delivery: id }, 'webhook received');
    parts.wake(stack);
    return c.json({ message: 'accepted' }, 202);
  });
  return app;
}

function refuse(c: Context, status: 400 | 401 | 413, message: string): Response {
  noteRequest(c, { reason: message });
  return c.json({ message }, status);
}
