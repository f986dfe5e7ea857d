import { createHmac } from 'node:crypto';
import type { Secret } from '../../kit/index.ts';
import type { WebhookChannel } from '../destination.ts';
import type { Message } from '../event.ts';
import type { HttpRequest } from './post.ts';

/** Length of a key in bytes, by the specification. */
const SHORTEST = 24;
const LONGEST = 64;

/** Returns the key in a secret `whsec_…`, or the reason why there is none. */
export function webhookKey(secret: Secret): Buffer | string {
  const text = secret.reveal().replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return 'it is not `whsec_` and a key in base64';
  const key = Buffer.from(text, 'base64');
  const isFitting = key.length >= SHORTEST && key.length <= LONGEST;
  return isFitting ? key : `its key has ${key.length} bytes, but ${SHORTEST} to ${LONGEST} are required`;
}

/**
 * Returns a message as a request of Standard Webhooks (https://www.standardwebhooks.com): the id stays, the time is that
 * of the attempt, and each key signs.
 */
export function webhookRequest({ url, secrets }: WebhookChannel, message: Message, now: number): HttpRequest {
  const [first] = message.events;
  const body = JSON.stringify({ type: 'notification', timestamp: first?.at, data: { events: message.events } });
  const seconds = String(Math.floor(now / 1000));
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', webhookKey(secret));
    return `v1,${hmac.update(`${message.id}.${seconds}.${body}`).digest('base64')}`;
  });
  const headers = {
    'webhook-id': message.id,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
  };
  return { url, headers, body };
}
