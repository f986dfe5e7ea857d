import { hostname } from 'node:os';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { openLab } from '../../test/support/coordinator.ts';
import { ServerConfiguration } from '../coordinator/index.ts';
import { refuseForeign } from './foreign-requests.ts';

async function ask(host: string, headers: Readonly<Record<string, string>> = {}) {
  const { context } = await openLab();
  const configuration = ServerConfiguration.parse({ listen: 'build-host:8080', hosts: ['slipway.internal'] });
  const app = new Hono();
  app.use('*', refuseForeign({ ...context, configuration, baseUrl: () => 'https://ci.example.org' }));
  app.all('*', (c) => c.text('answered'));
  return app.request('/api/v1/stacks', { headers: { host, ...headers } });
}

test.each([
  'localhost:8080',
  'lab.localhost',
  '127.0.0.1:8080',
  '10.1.2.3',
  '[::1]:8080',
  'ci.example.org',
  'CI.example.org.:443',
  'lab.ci.example.org',
  'build-host:8080',
  'slipway.internal:8080',
  hostname(),
])('a request to %s is answered', async (host) => {
  expect((await ask(host)).status).toBe(200);
});

test.each(['evil.example', 'ci.example.org.evil.example', 'other.ci.example.org', 'localhost.evil.example', 'a b'])(
  'a request to %s is refused, and the answer says how to allow the name',
  async (host) => {
    const response = await ask(host);
    expect(response.status).toBe(421);
    expect(await response.json()).toMatchObject({
      code: 'SERVER_HOST_REFUSED',
      message: expect.stringContaining(host),
      hint: expect.stringContaining('`hosts`'),
    });
  },
);

test.each([
  ['127.0.0.1:8080', 'http://127.0.0.1:8080', 200],
  ['127.0.0.1:8080', 'https://ci.example.org', 200],
  ['127.0.0.1:8080', 'http://slipway.internal', 200],
  ['127.0.0.1:8080', 'http://127.0.0.1:3000', 403],
  ['ci.example.org', 'https://evil.example', 403],
  ['ci.example.org', 'null', 403],
])('asked for %s by a page of %s, it answers %i', async (host, origin, status) => {
  expect((await ask(host, { origin })).status).toBe(status);
});
