import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { freePort } from '../support/free-port.ts';
import { findPart } from '../support/part.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';

const nginx = findPart('nginx');
const token = 'glrt-behind-a-proxy-0123456789';
const SIZE = 64_000_000;

/** The block of the guide, without what needs a certificate. */
async function configuration(
  folder: string,
  ports: { readonly proxy: number; readonly server: string },
): Promise<string> {
  const guide = await readFile(join(packageRoot(), 'docs/operations/reverse-proxy.md'), 'utf8');
  const [, shown = ''] = /```nginx\n([\s\S]*?)```/.exec(guide) ?? [];
  const plain = shown
    .replace(/^ *ssl_.*\n/gm, '')
    .replace('listen 443 ssl', `listen 127.0.0.1:${ports.proxy}`)
    .replace('http://127.0.0.1:8080', ports.server);
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${folder}/${one};`,
  );
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; ${user} pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log off; ${folders.join(' ')}\n${plain} }\n`;
}

describe.skipIf(nginx === undefined)('a server behind nginx, as the guide configures it', () => {
  let folder: string;
  let stack: ServedStack;
  let url: string;
  let child: ChildProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-nginx-'));
    const [port, own] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const runners = [{ name: 'remote', token: { env: 'RUNNER' } }];
    const server = { runners, listen: `127.0.0.1:${own}`, baseUrl: url, trustedProxies: ['127.0.0.1'] };
    stack = await serveStack({ server, env: { RUNNER: token } });
    const file = join(folder, 'nginx.conf');
    await writeFile(file, await configuration(folder, { proxy: port, server: `http://127.0.0.1:${own}` }));
    child = spawn(nginx as string, ['-p', folder, '-c', file], { stdio: 'inherit' });
    await vi.waitUntil(async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok, { timeout: 60_000 });
  });
  afterAll(async () => {
    child?.kill('SIGTERM');
    if (child?.exitCode === null) await once(child, 'close');
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
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
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, info: {} }),
    };
    await expect
      .poll(async () => {
        const answer = await fetch(`${url}/api/v4/jobs/request`, request);
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
    const done = await fetch(`${url}/api/v4/jobs/${id}`, { ...request, method: 'PUT', body: update });
    expect(done.status).toBe(200);
    expect(await ended).toMatchObject({ state: 'success' });
  });

  test('has the address of the client in the audit log', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', authorization: 'Bearer wrong' };
    await fetch(`${url}/api/v1/stacks/${stackName}/trigger`, { method: 'POST', headers, body: '{}' });
    const records = JSON.stringify([...readAudit(stack.server.folder.audit, { outcome: 'refused' })]);
    // This test has an address that is trusted, as a proxy before nginx has; the one before it is the client's.
    expect(records).toContain('203.0.113.9');
  });
});
