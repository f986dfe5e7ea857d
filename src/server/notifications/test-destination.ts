import type { ServerSettings } from '../../coordinator/index.ts';
import { Retryable, suggestion, systemClock, timestamp } from '../../kit/index.ts';
import { deliver, notifyError } from '../../notify/index.ts';
import { notificationConnect } from './connect.ts';
import { configuredDestinations } from './destinations.ts';

/** Sends a test message to a destination of the configuration, and returns the answer. No server needs to run. */
export async function testDestination(
  settings: ServerSettings,
  name: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<{ readonly channel: string; readonly answer: string }> {
  const destinations = await configuredDestinations(settings);
  const destination = destinations.find((one) => one.name === name);
  if (destination === undefined) {
    const hint = suggestion(
      name,
      destinations.map((one) => one.name),
    );
    throw notifyError('NOTIFICATION_UNKNOWN', { destination: name }, { hint });
  }
  const { configuration } = settings;
  const at = timestamp(systemClock);
  const event = {
    type: 'test',
    subject: name,
    title: `Test of the notifications to \`${name}\``,
    text: 'The configuration of this destination works',
    url: configuration.baseUrl ?? `http://${configuration.listen}`,
    at,
  };
  const message = { id: `msg_test_${Date.parse(at)}`, events: [event] };
  const connect = notificationConnect({ network: configuration.network, env });
  try {
    const answer = await deliver(destination, message, { connect, clock: systemClock, signal });
    return { channel: destination.channel.type, answer };
  } catch (error) {
    throw error instanceof Retryable ? error.cause : error;
  }
}
