import type {
  DestinationConfiguration,
  ServerConfiguration,
  ServerSettings,
  SmtpConfiguration,
} from '../../coordinator/index.ts';
import { Secret, webhookKey } from '../../kit/index.ts';
import { notifyError, type Destination, type SmtpServer } from '../../notify/index.ts';

const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 };

/** Returns the destinations that a configuration names, those of the server first. */
export function destinationsIn({
  notifications,
  stacks,
}: Pick<ServerConfiguration, 'notifications' | 'stacks'>): readonly ConfiguredDestination[] {
  const own = stacks.flatMap(({ name: stack, notifications: all }) => all.map((one) => ({ ...one, stack })));
  return [...notifications, ...own];
}

type ConfiguredDestination = DestinationConfiguration & { readonly stack?: string };

/** Returns the destinations of a server's configuration with their secrets. */
export function configuredDestinations(settings: ServerSettings): Promise<readonly Destination[]> {
  return Promise.all(
    destinationsIn(settings.configuration).map(async (one) => {
      const { name, stack, events, digest, quiet } = one;
      return { name, stack, events, digest: digest * 1000, quiet, channel: await channelOf(settings, one) };
    }),
  );
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
