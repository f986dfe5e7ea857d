import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { freePort } from '../support/free-port.ts';
import { findPart } from '../support/part.ts';
import { reverseProxies, startReverseProxy } from '../support/reverse-proxy.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';

const token = 'glrt-behind-a-proxy-0123456789';
const SIZE = 64_000_000;
const found = reverseProxies.filter(({ program }) => findPart(program) !== undefined);
if (found.length === 0) test.skip('needs nginx, Caddy or Apache', () => undefined);

describe.each(found)('a server behind $program, as the guide configures it', (proxy) => {
  let stack: ServedStack;
  let url: string;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const runners = [{ name: 'remote', token: { env: 'RUNNER' } }];
    const server = { runners, listen: `127.0.0.1:${own}`, baseUrl: url, trustedProxies: ['127.0.0.1'] };
    stack = await serveStack({ server, env: { RUNNER: token } });
    stop = await startReverseProxy(proxy, { port, server: `127.0.0.1:${own}` });
    await vi.waitUntil(async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok, { timeout: 300_000 });
  });
  afterAll(async () => {
    await stop?.();
    await stack?.close();
  });

  test('sends events at once, and lets a runner take a job, write its log and upload a large artifact', async () => {
    const events = await fetch(`${url}/api/v1/events`);
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    const job = '{ script: [true], artifacts: { paths: [out] } }';
    const sha = await stack.push('main', { '.gitlab-ci.yml': `large: ${job}\n` });
    const ended = stack.finalStatus(sha);
    let seen = '';
    while (!seen.includes('pipeline')) seen += (await reader?.read())?.value ?? '';
    await reader?.cancel();

    let taken: { readonly id: number; readonly token: string } | undefined;
    const ask = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, info: {} }),
    };
    await expect
      .poll(async () => {
        const answer = await fetch(`${url}/api/v4/jobs/request`, ask);
        if (answer.status === 201) taken = (await answer.json()) as typeof taken;
        return answer.status;
      })
      .toBe(201);
    const { id = 0, token: secret = '' } = taken ?? {};
    const headers = { 'JOB-TOKEN': secret };
    const log = 'a line of the log\n';
    const range = { ...headers, 'Content-Range': `0-${log.length - 1}`, 'Content-Type': 'text/plain' };
    const trace = await fetch(`${url}/api/v4/jobs/${id}/trace`, { method: 'PATCH', headers: range, body: log });
    expect(trace.status).toBe(202);

    const form = new FormData();
    form.set('artifact_format', 'raw');
    form.set('artifact_type', 'trace');
    form.set('file', new Blob([Buffer.alloc(SIZE, 'x')]), 'large.bin');
    const upload = await fetch(`${url}/api/v4/jobs/${id}/artifacts`, { method: 'POST', headers, body: form });
    expect([upload.status, await upload.text()]).toEqual([201, expect.anything()]);
    const update = JSON.stringify({ token: secret, state: 'success' });
    const done = await fetch(`${url}/api/v4/jobs/${id}`, { ...ask, method: 'PUT', body: update });
    expect(done.status).toBe(200);
    expect(await ended).toMatchObject({ state: 'success' });
  });

  test('has the address of the client in the audit log, whatever the client claims', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', authorization: 'Bearer wrong' };
    const path = `/api/v1/stacks/${stackName}/trigger`;
    // The whole of 127.0.0.0/8 is this machine.
    const sent = request(`${url}${path}`, { method: 'POST', headers, localAddress: '127.0.0.2' });
    const [answer] = await once(sent.end('{}'), 'response');
    answer.resume();
    const records = () => [...readAudit(stack.server.folder.audit, { outcome: 'refused' })];
    await expect.poll(() => records().map(({ from }) => from)).toEqual(['127.0.0.2']);
  });
});
