import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { main } from '../main.ts';

let server: ReturnType<typeof serve>;
let url: string;
let looks: number;

/** A server whose job 7 writes a second line between the first look and the last. */
function standIn(): Hono {
  const app = new Hono();
  const log = (): string =>
    `\u001B[36mone\u001B[0m\u001B]0;title\u0007\n${looks > 2 ? 'two <b>\nsection_end:1:x\r\u001B[0Kthree' : ''}`;
  const job = (): object => ({ id: '7', name: 'zlib@1.3 /abc', status: looks > 2 ? 'success' : 'running' });
  app.get('/api/v1/jobs', (c) => c.json({ jobs: c.req.query('name') === 'zlib' ? [job()] : [] }));
  app.get('/api/v1/jobs/7', (c) => {
    looks += 1;
    return c.json({ job: job() });
  });
  app.get('/api/v1/pipelines', (c) => c.json({ pipelines: [{ id: '3' }] }));
  app.get('/api/v1/pipelines/3', (c) => c.json({ jobs: [], children: [{ jobs: [job()] }] }));
  app.get('/api/v1/jobs/7/log', (c) => c.text(log()));
  return app;
}

beforeEach(async () => {
  looks = 0;
  server = await new Promise((resolve) => {
    const listening = serve({ fetch: standIn().fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function run(...words: readonly string[]) {
  const terminal = collectedTerminal();
  const context = {
    env: { SLIPWAY_URL: url },
    cwd: '/',
    terminal: terminal.terminal,
    signal: new AbortController().signal,
  };
  const status = await main(words, context);
  return { status, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

describe('slipway logs', () => {
  test('prints what there is, without what would play with the terminal', async () => {
    expect(await run('logs', '7')).toMatchObject({ status: 0, stdout: 'one\n' });
  });

  test('follows the newest job of a name to its end', async () => {
    expect(await run('logs', '-f', 'zlib')).toMatchObject({ status: 0, stdout: 'one\ntwo <b>\nthree\n' });
  });

  test('reports that there is no job of that name', async () => {
    const { status, stderr } = await run('logs', 'nothing');
    expect(status).toBe(2);
    expect(stderr).toContain('CLIENT_JOB_MISSING');
    expect((await run('logs', 'zlip')).stderr).toContain('hint: Did you mean `zlib`?');
  });
});

describe('slipway open', () => {
  test('prints the address, and opens nothing without a terminal', async () => {
    expect(await run('open', '--job', '7')).toMatchObject({ status: 0, stdout: `${url}/jobs/7\n` });
  });

  test('fails for what is not there', async () => {
    expect((await run('open', '--pipeline', '99')).status).toBe(1);
  });
});
