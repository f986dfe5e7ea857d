import { get } from 'node:http';
import { join } from 'node:path';
import { Hono } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { listenerOf } from './remote-address.ts';
import { listen, type ListenOptions } from './listen.ts';

const app = new Hono().get('/', (c) => c.text('here'));

async function open(options: ListenOptions) {
  const listener = await listen(app, options);
  onTestFinished(() => listener.close());
  return listener;
}

test('port 0 takes a free port, and the URL says which', async () => {
  const { url } = await open({ address: '127.0.0.1:0' });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
  expect(await (await fetch(url)).text()).toBe('here');
});

test.each([
  ['127.0.0.1:0', 'loopback'],
  ['localhost:0', 'loopback'],
  ['0.0.0.0:0', 'network'],
])('the app learns how a listener at %s is reached: %s', async (address, reach) => {
  const asked = new Hono().get('/', (c) => c.text(listenerOf(c) ?? ''));
  const listener = await listen(asked, { address });
  onTestFinished(() => listener.close());
  expect(listener.reach).toBe(reach);
  expect(await (await fetch(listener.url)).text()).toBe(reach);
});

test('reports count as answered once their answers have been sent, and other requests do not count', async () => {
  let received = 0;
  let answer = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (answer = resolve));
  const slow = new Hono()
    .get('/', (c) => c.text('here'))
    .all('/slow', async (c) => {
      received += 1;
      await waiting;
      return c.text(c.req.method);
    });
  const listener = await listen(slow, { address: '127.0.0.1:0' });
  onTestFinished(() => listener.close());
  const post = fetch(`${listener.url}/slow`, { method: 'POST' });
  await expect.poll(() => received).toBe(1);
  await listener.answered();
  const put = fetch(`${listener.url}/slow`, { method: 'PUT' });
  await expect.poll(() => received).toBe(2);
  let isAnswered = false;
  const answered = listener.answered().then(() => (isAnswered = true));
  await fetch(listener.url);
  expect(isAnswered).toBe(false);
  answer();
  await answered;
  expect([(await post).status, (await put).status]).toEqual([200, 200]);
});

test('`unix:` and a path is a socket', async () => {
  const path = join(await temporaryFolder(), 'socket');
  expect((await open({ address: `unix:${path}` })).url).toBe(`unix:${path}`);
  const status = await new Promise((resolve) => {
    get({ socketPath: path, path: '/' }, (response) => resolve(response.resume().statusCode));
  });
  expect(status).toBe(200);
});

test('a port that is taken is reported as that', async () => {
  const address = new URL((await open({ address: '127.0.0.1:0' })).url).host;
  await expect(listen(app, { address })).rejects.toMatchObject({ code: 'SERVER_PORT_IN_USE', details: { address } });
});

test('an address that is not this machine’s is reported as that', async () => {
  await expect(listen(app, { address: '192.0.2.1:0' })).rejects.toMatchObject({ code: 'SERVER_ADDRESS_UNUSABLE' });
});

test('TLS files that are not there are named before anything listens', async () => {
  const missing = join(await temporaryFolder(), 'missing.pem');
  const tls = { certificate: missing, key: missing };
  await expect(listen(app, { address: '127.0.0.1:0', tls })).rejects.toMatchObject({
    code: 'SERVER_TLS_UNREADABLE',
    message: expect.stringContaining(missing),
  });
});

test('a port is free again when its listener is closed, also while a client is connected', async () => {
  // An address of its own: a port that is free for a moment is not taken by another test.
  const first = await listen(app, { address: '127.0.0.83:0' });
  await fetch(first.url, { headers: { connection: 'keep-alive' } });
  await first.close();
  const again = await open({ address: new URL(first.url).host });
  expect(again.url).toBe(first.url);
});
