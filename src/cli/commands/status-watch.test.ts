import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { main } from '../main.ts';

/** A server whose only pipeline has ended at the third look. */
async function standIn(): Promise<string> {
  let looks = 0;
  const app = new Hono();
  app.get('/api/v1/stacks', (c) => {
    looks += 1;
    const status = looks > 2 ? 'success' : 'created';
    const pipeline = { id: '3', status, ref: 'main', sha: '0123456789', trust: 'protected' };
    return c.json({ stacks: [{ name: 'lab', branches: [], requests: [], images: [], pipelines: [pipeline] }] });
  });
  app.get('/api/v1/notifications', (c) => c.json({ destinations: [] }));
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function watch(isWatched: boolean, ...words: readonly string[]): Promise<{ status: number; stdout: string }> {
  const { terminal, stdout } = collectedTerminal(isWatched);
  const context = { env: {}, cwd: '/', terminal, signal: new AbortController().signal };
  const status = await main(['status', '--watch', '--url', await standIn(), ...words], context);
  return { status, stdout: stdout() };
}

const shown = (status: string) => `lab\n  pipeline 3  ${status}  main 01234567 (protected)\n`;

test('changes are printed until no pipeline runs any more', async () => {
  expect(await watch(false)).toEqual({ status: 0, stdout: shown('created') + shown('success') });
});

test('on a terminal each replaces the previous one', async () => {
  const { stdout } = await watch(true);
  expect(stdout.split('\u001B[H\u001B[2J')).toEqual(['', shown('created'), shown('success')]);
});

test('with --json each change is a document', async () => {
  const { stdout } = await watch(false, '--json');
  expect(stdout.trim().split('\n')).toHaveLength(2);
});
