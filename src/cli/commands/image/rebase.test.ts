import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../../test/support/collected-terminal.ts';
import { main } from '../../main.ts';

let server: ReturnType<typeof serve>;
let requests: unknown[];
let answer: readonly object[];

const image = { id: '4', repository: 'lab/stack', tag: 'latest', state: 'published' };
const base = {
  platform: 'linux/amd64',
  reference: 'debian:13',
  image: 'sha256:1',
  before: 'sha256:a',
  after: 'sha256:b',
};
const rebuilt = { ...image, id: '5', state: 'waiting', url: 'http://server/images/5' };

beforeEach(async () => {
  requests = [];
  const app = new Hono();
  app.post('*', async (c) => {
    requests.push([c.req.path, c.req.header('authorization'), await c.req.json()]);
    return c.json({ images: answer });
  });
  server = await new Promise((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function run(...words: readonly string[]) {
  const terminal = collectedTerminal();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { SLIPWAY_URL: url, SLIPWAY_TOKEN: 'secret' };
  const context = { env, cwd: '/', terminal: terminal.terminal, signal: new AbortController().signal };
  const status = await main(['image', 'rebase', '--stack', 'lab', ...words], context);
  return { status, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

describe('slipway image rebase', () => {
  test('names each image that is built again, with its base before and now', async () => {
    answer = [
      { image, state: 'moved', bases: [base, { ...base, platform: 'linux/arm64', after: 'sha256:a' }], rebuilt },
      { image: { ...image, tag: '1' }, state: 'fixed', bases: [] },
    ];
    expect(await run('lab/stack')).toEqual({
      status: 0,
      stdout:
        'image 4: lab/stack:latest  its base has moved\n' +
        '  linux/amd64: debian:13 was sha256:a, is sha256:b\n' +
        '  image 5: lab/stack:latest  waiting  http://server/images/5\n' +
        'image 4: lab/stack:1  it has no base that can move\n',
      stderr: '',
    });
    const body = { images: ['lab/stack'], check: false };
    expect(requests).toEqual([['/api/v1/stacks/lab/images/rebase', 'Bearer secret', body]]);
  });

  test('ends with status 1 where a base has moved and the image is not built again, or where that is unknown', async () => {
    answer = [{ image, state: 'moved', bases: [base] }];
    expect(await run('--check')).toMatchObject({ status: 1, stderr: '' });
    expect(requests).toMatchObject([[{}, {}, { images: [], check: true }]]);
    answer = [{ image, state: 'unknown', bases: [], message: 'The registry does not answer.' }];
    expect(await run('--check')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('\n  The registry does not answer.\n'),
    });
    answer = [{ image, state: 'current', bases: [{ ...base, after: base.before }] }];
    expect(await run('--check')).toMatchObject({
      status: 0,
      stdout: 'image 4: lab/stack:latest  its base has not moved\n',
    });
  });

  test('says so if there is nothing, and prints the answer as JSON', async () => {
    answer = [];
    expect(await run()).toEqual({
      status: 0,
      stdout: '',
      stderr: 'There is no published image that a rule stands for.\n',
    });
    expect((await run('--json')).stdout).toBe('{"images":[]}\n');
  });
});
