import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { main } from '../main.ts';

let server: ReturnType<typeof serve>;
let requests: unknown[];

/** A server with one image that waits again after a request. */
function standIn(): Hono {
  const image = { id: '4', repository: 'lab/stack', tag: 'latest', state: 'waiting', url: 'http://server/images/4' };
  const app = new Hono();
  app.post('*', async (c) => {
    requests.push([c.req.path, c.req.header('authorization'), await c.req.json()]);
    return c.json(c.req.path.includes('/stacks/') ? { images: [image] } : image, 202);
  });
  return app;
}

beforeEach(async () => {
  requests = [];
  server = await new Promise((resolve) => {
    const listening = serve({ fetch: standIn().fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function run(...words: readonly string[]) {
  const terminal = collectedTerminal();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { SLIPWAY_URL: url, SLIPWAY_TOKEN: 'secret' };
  const context = { env, cwd: '/', terminal: terminal.terminal, signal: new AbortController().signal };
  const status = await main(['publish', 'retry', ...words], context);
  return { status, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

describe('slipway publish retry', () => {
  test('requests one image, or all of a stack', async () => {
    const stdout = 'image 4: lab/stack:latest  waiting  http://server/images/4\n';
    expect(await run('--image', '4', '--replace')).toMatchObject({ status: 0, stdout });
    expect(await run('--stack', 'lab')).toMatchObject({ status: 0, stdout });
    expect(requests).toEqual([
      ['/api/v1/images/4/retry', 'Bearer secret', { replace: true }],
      ['/api/v1/stacks/lab/images/retry', 'Bearer secret', {}],
    ]);
  });

  test.each([[[]], [['--image', '4', '--stack', 'lab']], [['--stack', 'lab', '--replace']]])(
    'shows its usage if the images are not clear: %j',
    async (words) => {
      const { status, stderr } = await run(...words);
      expect({ status, stderr }).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('--image ID, or --stack'),
      });
      expect(requests).toEqual([]);
    },
  );
});
