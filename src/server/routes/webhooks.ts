import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Delivery } from '../../coordinator/index.ts';
import type { Forge, WebhookDelivery } from '../../forge/index.ts';
import type { Logger } from '../../kit/index.ts';
import { noteRequest } from '../audit-requests.ts';
import { serverError } from '../errors.ts';
import { refuse } from './request-body.ts';

interface WebhookParts {
  readonly stacks: ReadonlyMap<string, { readonly forge: Pick<Forge, 'kind' | 'webhook'> }>;
  /** Stores a delivery. Resolves with false if it was stored before. */
  save(stack: string, delivery: Delivery): Promise<boolean>;
  /** Polls the stack's repository soon. */
  wake(stack: string): boolean;
  readonly log: Logger;
}

/** GitHub and GitLab send no more than 25 MB ("Webhook events and payloads", payload cap). */
const LARGEST = 25 * 1024 * 1024;
const DELIVERY_ID = /^[\w-]{1,100}$/;

/**
 * `POST /hooks/<kind of forge>/<stack>`, and `POST /hooks/<kind of forge>` for a webhook that reports on several
 * repositories. A delivery only causes a poll, and the changes are read from the forge. So lost, repeated and reordered
 * deliveries all end in the same state. Only who pushed, and what a person clicked, is taken from it, since forges
 * report that nowhere else. A delivery is stored before it is answered, and is done once a poll that began later has
 * been stored.
 */
export function webhookRoutes(parts: WebhookParts): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: LARGEST,
    onError: (c) => refuse(c, serverError('SERVER_BODY_TOO_LARGE', { bytes: LARGEST })),
  });
  app.post('/hooks/:forge', limit, async (c) => {
    const kind = c.req.param('forge');
    const body = await c.req.text();
    const sharing = [...parts.stacks].flatMap(([stack, { forge }]) => {
      const { webhook } = forge;
      return forge.kind === kind && webhook?.shared !== undefined ? [{ stack, webhook, ...webhook.shared }] : [];
    });
    for (const { by, webhook } of new Map(sharing.map((one) => [one.by, one])).values()) {
      const delivery = await webhook.read({ headers: c.req.raw.headers, body });
      if (delivery === undefined) continue;
      const name = delivery.repository?.toLowerCase();
      const concerned = sharing.filter((one) => one.by === by && one.repository.toLowerCase() === name);
      return accept(c, parts, { ...delivery, stacks: concerned.map(({ stack }) => stack) });
    }
    return refuseUnsigned(c, parts);
  });
  app.post('/hooks/:forge/:stack', limit, async (c) => {
    const stack = c.req.param('stack');
    const forge = parts.stacks.get(stack)?.forge;
    const isOwn = forge?.kind === c.req.param('forge') && forge.webhook?.shared === undefined;
    const body = await c.req.text();
    const delivery = isOwn ? await forge.webhook?.read({ headers: c.req.raw.headers, body }) : undefined;
    if (delivery === undefined) return refuseUnsigned(c, parts);
    return accept(c, parts, { ...delivery, stacks: [stack] });
  });
  return app;
}

interface AcceptedDelivery extends WebhookDelivery {
  /** Those whose repository it is about. */
  readonly stacks: readonly string[];
}

async function accept(c: Context, parts: WebhookParts, delivery: AcceptedDelivery): Promise<Response> {
  const { id, event, purpose, push, click, stacks } = delivery;
  const [stack] = stacks;
  const who = `webhook:${stacks.length === 1 ? stack : c.req.param('forge')}`;
  noteRequest(c, { who, stack: stacks.length === 1 ? stack : undefined, on: `delivery ${id}`, details: { event } });
  if (purpose === 'test') return c.json({ message: 'pong' });
  if (!DELIVERY_ID.test(id)) {
    return refuse(c, serverError('SERVER_BODY_INVALID', { reason: 'the id of the delivery is missing' }));
  }
  if (purpose === 'other' || stacks.length === 0) return c.json({ message: 'not needed' }, 202);
  const areNew = await Promise.all(stacks.map((name) => parts.save(name, { id, event, push, click })));
  const saved = stacks.filter((_name, index) => areNew[index]);
  if (saved.length === 0) return c.json({ message: 'known' });
  for (const name of saved) {
    parts.log.info({ stack: name, event, delivery: id }, 'webhook received');
    parts.wake(name);
  }
  return c.json({ message: 'accepted' }, 202);
}

/** Answers the same without such a stack or webhook, so that the answer does not reveal which exist. */
function refuseUnsigned(c: Context, { log }: WebhookParts): Response {
  log.warn({ path: c.req.path }, 'a webhook with a wrong signature was refused');
  return refuse(c, serverError('SERVER_WEBHOOK_REFUSED'));
}
