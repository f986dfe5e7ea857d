import type { EmailChannel } from '../destination.ts';
import { headlineOf, type Message } from '../event.ts';
import type { Attempt } from './connect.ts';

const TIMEOUT_MS = 30_000;

/** Sends a message by SMTP; returns the answer of the mail server. */
export async function sendMail(
  { to, smtp }: EmailChannel,
  message: Message,
  { connect, signal }: Attempt,
): Promise<string> {
  const { createTransport } = await import('nodemailer');
  const { host, port, tls, from, login, allowPrivate } = smtp;
  const socket = await connect({ host, port }, allowPrivate ? 'site' : 'public');
  const close = () => void socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  const transport = createTransport({
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(login === undefined ? {} : { auth: { user: login.username, pass: login.password.reveal() } }),
    getSocket: (_options, callback) => callback(null, { connection: socket }),
  });
  try {
    const { response } = await transport.sendMail({
      from,
      to: [...to],
      subject: `[slipway] ${headlineOf(message)}`,
      text: textOf(message),
      messageId: `<${message.id}@${domainOf(from)}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return response;
  } finally {
    signal.removeEventListener('abort', close);
    transport.close();
    close();
  }
}

function textOf({ events }: Message): string {
  return events.map(({ title, text, url, at }) => `${title}\n${text}\n${url}\n${at}\n`).join('\n');
}

function domainOf(address: string): string {
  return /@([\w.-]+)/.exec(address)?.[1] ?? 'slipway';
}
