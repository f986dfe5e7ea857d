import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { httpReceiver, type HttpReceiver } from '../../../test/support/http-receiver.ts';
import { Retryable, Secret, systemClock } from '../../kit/index.ts';
import type { Destination, SmtpServer } from '../destination.ts';
import { eventKinds, type Message, type NotifiedEvent } from '../event.ts';
import type { Connect } from './connect.ts';
import { deliver } from './deliver.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const old = Buffer.alloc(32, 8).toString('base64');
const event: NotifiedEvent = {
  type: 'pipeline.failed',
  stack: 'lab',
  subject: 'main',
  title: 'lab: The pipeline of `main` failed',
  text: 'zlib@1.3 failed: <stdin>:1: error & more (2 skipped)',
  url: 'https://slipway.example.org/jobs/7',
  at: '2026-11-30T00:00:00.000Z',
};
const message: Message = { id: 'msg_1', events: [event] };
const digest: Message = { id: 'msg_2', events: [event, { ...event, type: 'pipeline.recovered', title: 'It works' }] };

const connect: Connect = async ({ host, port }) => {
  const socket = connectTcp(port, host);
  await once(socket, 'connect');
  return socket;
};
const attempt = { connect, clock: systemClock, signal: new AbortController().signal };
const sendTo = (channel: Destination['channel'], sent = message) =>
  deliver({ name: 'team', events: eventKinds, digest: 0, channel }, sent, attempt);

describe('over HTTP', () => {
  let receiver: HttpReceiver;
  beforeEach(async () => {
    receiver = await httpReceiver();
  });
  afterEach(() => receiver.close());
  const webhook = (...secrets: readonly string[]) => ({
    type: 'webhook' as const,
    url: `${receiver.url}/hook?team=1`,
    secrets: secrets.map((secret) => new Secret(secret)),
    allowPrivate: true,
  });
  const slack = () => ({ type: 'slack' as const, url: new Secret(`${receiver.url}/services/T/B`), allowPrivate: true });

  test('a webhook has a signature that the library of Standard Webhooks accepts', async () => {
    expect(await sendTo(webhook(`whsec_${key}`))).toBe('200 ok');
    const [{ body, headers, path } = { body: '', headers: {}, path: '' }] = receiver.requests;
    expect([path, headers['webhook-id']]).toEqual(['/hook?team=1', 'msg_1']);
    const payload = new Webhook(key).verify(body, headers as Record<string, string>);
    expect(payload).toEqual({ type: 'notification', timestamp: event.at, data: { events: [event] } });
    expect(() => new Webhook(old).verify(body, headers as Record<string, string>)).toThrow('No matching signature');
  });

  test('while keys are exchanged both sign', async () => {
    await sendTo(webhook(key, old), digest);
    const [{ body, headers } = { body: '', headers: {} }] = receiver.requests;
    for (const one of [key, old])
      expect(new Webhook(one).verify(body, headers as Record<string, string>)).toMatchObject({
        data: { events: digest.events },
      });
  });

  test('Slack and Mattermost get text and blocks, in which nothing is markup but ours', async () => {
    await sendTo(slack());
    const { text, blocks } = JSON.parse(receiver.requests[0]?.body ?? '') as { text: string; blocks: unknown[] };
    expect(text).toBe(
      ':x: *<https://slipway.example.org/jobs/7|lab: The pipeline of `main` failed>*\n' +
        'zlib@1.3 failed: &lt;stdin&gt;:1: error &amp; more (2 skipped)',
    );
    expect(blocks).toEqual([{ type: 'section', text: { type: 'mrkdwn', text } }]);
    await sendTo(slack(), digest);
    expect(receiver.requests[1]?.body).toContain('2 notifications: lab: The pipeline of `main` failed, …');
  });

  test('an answer that is no success fails the delivery, with the time that it names', async () => {
    receiver.answer = { status: 404, text: 'no_service' };
    await expect(sendTo(slack())).rejects.toMatchObject({
      code: 'NOTIFICATION_REFUSED',
      details: { destination: 'team', answer: '404 no_service', status: 404 },
    });
    receiver.answer = { status: 429, headers: { 'retry-after': '120' } };
    const refused: unknown = await sendTo(slack()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Retryable);
    expect((refused as Retryable).waitMs).toBe(120_000);
  });

  test('a redirection is not followed', async () => {
    receiver.answer = { status: 307, headers: { location: `${receiver.url}/elsewhere` } };
    await expect(sendTo(webhook(key))).rejects.toMatchObject({ details: { status: 307 } });
    expect(receiver.requests).toHaveLength(1);
  });

  test('nothing is sent without TLS to a public host, nor to what is no URL', async () => {
    await expect(sendTo({ ...webhook(key), allowPrivate: false })).rejects.toMatchObject({
      code: 'NOTIFICATION_ADDRESS_INVALID',
    });
    await expect(sendTo({ ...slack(), url: new Secret('hooks.slack.com') })).rejects.toMatchObject({
      code: 'NOTIFICATION_ADDRESS_INVALID',
    });
    expect(receiver.requests).toEqual([]);
  });

  test('a host that does not answer is named with the reason', async () => {
    await expect(sendTo({ ...webhook(key), url: 'http://127.0.0.1:2/' })).rejects.toMatchObject({
      code: 'NOTIFICATION_UNREACHABLE',
      message: expect.stringMatching(/`team`.*ECONNREFUSED/),
    });
  });
});

describe('by mail', () => {
  const fixture = (name: string) => readFile(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), 'utf8');
  let mails: { from: string; to: readonly string[]; secure: boolean; user: string; text: string }[];
  beforeEach(() => {
    mails = [];
  });

  async function mailServer(options: SMTPServerOptions): Promise<SmtpServer> {
    const server = new SMTPServer({
      onAuth: ({ username = '', password }, _session, callback) =>
        password === 'hunter2' ? callback(null, { user: username }) : callback(new Error('wrong password')),
      onData: (stream, session, callback) => {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
            to: rcptTo.map(({ address }) => address),
            secure: session.secure,
            user: String(session.user ?? ''),
            text,
          });
          callback();
        });
      },
      ...options,
    });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    onTestFinished(
      () =>
        new Promise<void>((done) => {
          server.close(() => done());
        }),
    );
    const { port } = server.server.address() as AddressInfo;
    return { host: 'localhost', port, tls: 'none', from: 'slipway@example.org', allowPrivate: true };
  }
  const mail = (smtp: SmtpServer) => ({ type: 'email' as const, to: ['ops@example.org', 'b@example.org'], smtp });

  test('a message goes to all recipients in clear text where that is configured', async () => {
    const smtp = await mailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    expect(await sendTo(mail(smtp))).toContain('250');
    expect(mails).toMatchObject([{ from: 'slipway@example.org', to: ['ops@example.org', 'b@example.org'] }]);
    const [{ text } = { text: '' }] = mails;
    expect(text).toContain('Subject: [slipway] lab: The pipeline of `main` failed');
    expect(text).toContain('Message-ID: <msg_1@example.org>');
    expect(text).toContain('Auto-Submitted: auto-generated');
    expect(text).toContain('https://slipway.example.org/jobs/7');
  });

  test('nothing is sent without TLS, unless that is configured', async () => {
    const smtp = await mailServer({ disabledCommands: ['STARTTLS'], authOptional: true });
    await expect(sendTo(mail({ ...smtp, tls: 'starttls' }))).rejects.toMatchObject({
      code: expect.stringMatching(/^NOTIFICATION_/),
    });
    expect(mails).toEqual([]);
  });

  // That mail goes out where the certificate is known is in test/long/notifications.test.ts.
  test.each(['starttls', 'tls'] as const)('%s refuses a certificate of unknown origin', async (tls) => {
    const [cert, privateKey] = [await fixture('certificate.pem'), await fixture('key.pem')];
    const smtp = await mailServer({ secure: tls === 'tls', cert, key: privateKey });
    const login = { username: 'slipway', password: new Secret('hunter2') };
    await expect(sendTo(mail({ ...smtp, tls, login }))).rejects.toMatchObject({
      code: 'NOTIFICATION_UNREACHABLE',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(mails).toEqual([]);
  });
});
