import { createHmac } from 'node:crypto';
import { webhookKey } from '../../kit/index.ts';
import type { WebhookChannel } from '../destination.ts';
import type { Message } from '../event.ts';
import type { HttpRequest } from './post.ts';

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
