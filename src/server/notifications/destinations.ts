import type { DestinationConfiguration, ServerSettings, SmtpConfiguration } from '../../coordinator/index.ts';
import { Secret } from '../../kit/index.ts';
import { notifyError, webhookKey, type Destination, type SmtpServer } from '../../notify/index.ts';

const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 };

/** Returns the destinations of a server's configuration with their secrets. */
export async function configuredDestinations(settings: ServerSettings): Promise<readonly Destination[]> {
  const { notifications, stacks } = settings.configuration;
  const all = [
    ...notifications.map((one) => ({ one, stack: undefined })),
    ...stacks.flatMap(({ name: stack, notifications: own }) => own.map((one) => ({ one, stack }))),
  ];
  return Promise.all(all.map(({ one, stack }) => destinationOf(settings, one, stack)));
}

async function destinationOf(
  settings: ServerSettings,
  configuration: DestinationConfiguration,
  stack: string | undefined,
): Promise<Destination> {
  const { name, events, digest, quiet } = configuration;
  return {
    name,
    ...(stack === undefined ? {} : { stack }),
    events,
    digest: digest * 1000,
    ...(quiet === undefined ? {} : { quiet }),
    channel: await channelOf(settings, configuration),
  };
}

async function channelOf(
  { configuration: { smtp }, reveal }: ServerSettings,
  { name, webhook, slack, email, allowPrivate }: DestinationConfiguration,
): Promise<Destination['channel']> {
  const purpose = `notifications to \`${name}\``;
  if (webhook !== undefined) {
    const secrets = secretsOf(name, await reveal(webhook.secret, purpose));
    return { type: 'webhook', url: webhook.url, secrets, allowPrivate };
  }
  if (slack !== undefined) return { type: 'slack', url: await reveal(slack.url, purpose), allowPrivate };
  return { type: 'email', to: email?.to ?? [], smtp: await smtpOf(smtp as SmtpConfiguration, reveal) };
}

/** While keys are exchanged there are two, separated by a space. */
function secretsOf(destination: string, secrets: Secret): readonly Secret[] {
  const all = secrets
    .reveal()
    .trim()
    .split(/\s+/)
    .map((text) => new Secret(text));
  for (const secret of all) {
    const key = webhookKey(secret);
    if (typeof key === 'string') throw notifyError('NOTIFICATION_SECRET_INVALID', { destination, reason: key });
  }
  return all;
}

async function smtpOf(
  { host, port, tls, from, username, password, allowPrivate }: SmtpConfiguration,
  reveal: ServerSettings['reveal'],
): Promise<SmtpServer> {
  const login =
    username === undefined || password === undefined
      ? {}
      : { login: { username, password: await reveal(password, 'the mail server') } };
  return { host, port: port ?? SMTP_PORTS[tls], tls, from, ...login, allowPrivate };
}
