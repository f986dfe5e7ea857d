import { Retryable, SlipwayError, certificateHint, messageOf, type Clock } from '../../kit/index.ts';
import type { Destination } from '../destination.ts';
import { notifyError } from '../errors.ts';
import type { Message } from '../event.ts';
import type { Attempt } from './connect.ts';
import { sendMail } from './email.ts';
import { postJson, type HttpRequest } from './post.ts';
import { slackRequest } from './slack.ts';
import { webhookRequest } from './webhook.ts';

interface DeliveryParts extends Attempt {
  readonly clock: Clock;
}

/**
 * Delivers a message to a destination, and returns the answer. Throws NOTIFICATION_UNREACHABLE, or NOTIFICATION_REFUSED
 * with the status of the answer; as `Retryable` if the answer names a time to wait.
 */
export async function deliver(destination: Destination, message: Message, parts: DeliveryParts): Promise<string> {
  const { name, channel } = destination;
  try {
    if (channel.type === 'email') return await sendMail(channel, message, parts);
    const request =
      channel.type === 'webhook' ? webhookRequest(channel, message, parts.clock.now()) : slackRequest(channel, message);
    checkAddress(name, request, channel.allowPrivate);
    const { status, text, pause } = await postJson(request, channel.allowPrivate ? 'site' : 'public', parts);
    const answer = `${status} ${text}`.trim();
    if (status >= 200 && status < 300) return answer;
    const refusal = notifyError('NOTIFICATION_REFUSED', { destination: name, answer, status });
    throw pause > 0 ? new Retryable(refusal, pause) : refusal;
  } catch (error) {
    throw explained(name, error);
  }
}

function checkAddress(destination: string, { url }: HttpRequest, allowPrivate: boolean): void {
  const invalid = (reason: string) => notifyError('NOTIFICATION_ADDRESS_INVALID', { destination, reason });
  if (!URL.canParse(url)) throw invalid('it is not a URL');
  const { protocol } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && allowPrivate))
    throw invalid(`\`${protocol}//\` is not accepted`);
}

/** Returns the error to report. Mail servers answer with a code as well. */
function explained(destination: string, error: unknown): unknown {
  if (error instanceof Retryable || (error instanceof SlipwayError && error.code.startsWith('NOTIFICATION_')))
    return error;
  const { responseCode: status, response } = error as { responseCode?: number; response?: string };
  if (status !== undefined)
    return notifyError('NOTIFICATION_REFUSED', { destination, status, answer: response }, { cause: error });
  const hint = error instanceof SlipwayError ? { hint: error.hint } : certificateHint(error);
  return notifyError('NOTIFICATION_UNREACHABLE', { destination, reason: messageOf(error) }, { cause: error, ...hint });
}
