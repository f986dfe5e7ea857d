import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { execa } from 'execa';
import type { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { embedded, imageKey, openLab, type Lab } from '../../test/support/coordinator.ts';
import { readAudit } from '../audit/index.ts';
import { Secret, sha256 } from '../kit/index.ts';
import { mediaTypes, openLayout } from '../oci/index.ts';
import { labApp } from '../../test/support/lab-app.ts';

function appOf(lab: Lab): Hono {
  return labApp(lab, {
    wake: (stack) => stack === 'lab',
    path: process.env.PATH,
  });
}

describe('git access', () => {
  const fetchRefs = async (app: Hono, stack: string, token: string) => {
    const authorization = `Basic ${Buffer.from(`gitlab-ci-token:${token}`).toString('base64')}`;
    return (await app.request(`/stacks/${stack}.git/info/refs?service=git-upload-pack`, { headers: { authorization } }))
      .status;
  };

  test('is for the tokens of running jobs, to their own stack', async () => {
    const lab = await openLab();
    lab.forge.repository = join(lab.folder.root, 'bare.git');
    await execa('git', ['init', '--quiet', '--bare', lab.forge.repository]);
    await lab.happens(lab.push('main').event);
    const app = appOf(lab);
    const token = (id: string) => lab.context.tokens.jobToken(id);
    expect(await fetchRefs(app, 'lab', token('1'))).toBe(401);
    const job = (await lab.take())!;
    expect(await fetchRefs(app, 'lab', token(job.run.id))).toBe(200);
    expect(await fetchRefs(app, 'lab', token('99'))).toBe(401);
    expect(await fetchRefs(app, 'other', token(job.run.id))).not.toBe(200);
    await lab.work(job);
    expect(await fetchRefs(app, 'lab', token(job.run.id))).toBe(401);
  });
});

test('everybody can have the key that images are signed with', async () => {
  const response = await appOf(await openLab()).request('/keys/cosign.pub');
  expect(await response.text()).toBe(imageKey.publicKey);
});

test.each([
  ['GET', '/api/v1/jobs/1/retry', 405, 'POST'],
  ['HEAD', '/api/v1/jobs/1/retry', 405, 'POST'],
  ['DELETE', '/api/v1/tokens', 405, 'GET, HEAD, POST'],
  ['GET', '/api/v1/nothing', 404, null],
  ['POST', '/nothing', 404, null],
])('%s %s is answered with %i and the methods that there are', async (method, path, status, allow) => {
  const response = await appOf(await openLab()).request(path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
  if (method !== 'HEAD') expect(Object.keys((await response.json()) as object)).toEqual(['code', 'message', 'hint']);
});

test('a hook wakes the stack that it names, and no other', async () => {
  const app = appOf(await openLab());
  expect((await app.request('/hooks/git/lab', { method: 'POST' })).status).toBe(202);
  expect((await app.request('/hooks/git/other', { method: 'POST' })).status).toBe(404);
});

test('a runner takes a job over HTTP, and one with a wrong token gets none', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  const app = appOf(lab);
  const ask = (token: string) =>
    app.request('/api/v4/jobs/request', {
      method: 'POST',
      body: JSON.stringify({ token }),
      headers: { 'content-type': 'application/json' },
    });
  expect((await ask('glrt-wrong')).status).toBe(403);
  const answer = await ask(embedded.token);
  expect([answer.status, ((await answer.json()) as { job_info: { name: string } }).job_info.name]).toEqual([
    201,
    'generate',
  ]);
});

test('a page whose name was pointed at this server cannot use it', async () => {
  const app = appOf(await openLab());
  const rebound = await app.request('/api/v1/stacks', { headers: { host: 'evil.example:8080' } });
  expect(rebound.status).toBe(421);
  expect(
    (await app.request('/hooks/git/lab', { method: 'POST', headers: { origin: 'http://evil.example' } })).status,
  ).toBe(403);
});

test('wrong tokens are throttled wherever one is shown, and the runner that is known goes on', async () => {
  const app = appOf(await openLab({ triggerToken: new Secret('trigger'), hookToken: new Secret('hook') }));
  const from = { incoming: { socket: { remoteAddress: '10.0.0.1' } } };
  const runner = async (token: string) =>
    (await app.request('/api/v4/runners/verify', { method: 'POST', body: JSON.stringify({ token }) }, from)).status;
  const bearer = async (path: string) =>
    (await app.request(path, { method: 'POST', headers: { authorization: 'Bearer wrong' } }, from)).status;
  expect(await runner(embedded.token)).toBe(200);
  for (let index = 0; index < 10; index += 1) {
    expect(await runner(`wrong-${index}`)).toBe(403);
    expect(await bearer('/api/v1/stacks/lab/trigger')).toBe(401);
    expect(await bearer('/hooks/git/lab')).toBe(401);
  }
  expect([await runner('wrong'), await bearer('/api/v1/stacks/lab/trigger'), await bearer('/hooks/git/lab')]).toEqual([
    429, 429, 429,
  ]);
  expect(await runner(embedded.token)).toBe(200);
});

test('behind a trusted proxy, the audit log and the gateway have the address of the client', async () => {
  const lab = await openLab({ server: { trustedProxies: ['10.0.0.1'] } });
  const app = appOf(lab);
  const headers = { 'x-forwarded-for': '192.0.2.7' };
  const stranger = new AwsClient({ accessKeyId: 'AK', secretAccessKey: 'x', service: 's3', region: 'us-east-1' });
  for (const remoteAddress of ['10.0.0.1', '10.0.0.2']) {
    const env = { incoming: { socket: { remoteAddress } } };
    await app.request('/hooks/git/lab', { method: 'POST', headers }, env);
    await app.request(await stranger.sign('http://localhost/s3/lab/v3/layout.json', { headers }), undefined, env);
  }
  expect([...readAudit(lab.folder.audit, {})].map((one) => [one.action, one.from])).toEqual([
    ['hook.git', '192.0.2.7'],
    ['mirror.authenticate', '192.0.2.7'],
    ['hook.git', '10.0.0.2'],
    ['mirror.authenticate', '10.0.0.2'],
  ]);
});

test('a query that makes no sense is answered with a problem, also where events are asked for', async () => {
  const answer = await appOf(await openLab()).request('/api/v1/events?after=abc');
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { code: 'SERVER_QUERY_INVALID', message: expect.stringContaining('abc'), hint: expect.any(String) },
  ]);
});

describe('the stream of events', () => {
  test('has a private stack for its readers only, and ends when their token is revoked', async () => {
    const lab = await openLab({ stack: { private: true } });
    const app = appOf(lab);
    const { token, record } = lab.access.createToken({
      name: 'reader',
      scope: 'read',
      stacks: ['lab'],
      createdBy: 'the test',
      seconds: 3600,
    });
    const open = async (headers: Record<string, string>) => {
      const response = await app.request('/api/v1/events?after=0', { headers });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const next = async () => {
        const { value, done } = await reader.read();
        return done ? undefined : new TextDecoder().decode(value);
      };
      await next();
      return { next, cancel: () => reader.cancel() };
    };
    await lab.happens(lab.push('main').event);
    const known = await open({ authorization: `Bearer ${token}` });
    expect(await known.next()).toContain('"stack":"lab"');
    const job = (await lab.take())!;
    expect(await known.next()).toContain(`"id":"${job.run.id}"`);
    lab.access.revokeToken(record.id);
    expect(await known.next()).toBeUndefined();
    const stranger = await open({});
    const text = stranger.next();
    await lab.work(job);
    const quiet = Symbol('nothing came');
    expect(await Promise.race([text, new Promise((resolve) => setImmediate(() => resolve(quiet)))])).toBe(quiet);
    await stranger.cancel();
  });
});

describe('the registry, where a stack is private', () => {
  test('gives a token for what is public, and keeps blobs of private images out of public repositories', async () => {
    const lab = await openLab({ stack: { private: true } });
    await lab.happens(lab.push('main').event);
    await lab.workAll();
    const app = appOf(lab);
    const challenge = (await app.request('/v2/')).headers.get('www-authenticate');
    expect(challenge).toBe('Bearer realm="http://localhost/v2/token",service="slipway"');
    expect(await (await app.request('/v2/token')).json()).toMatchObject({ token: 'public' });
    const headers = { authorization: 'Bearer public' };
    expect((await app.request('/v2/', { headers })).status).toBe(200);
    expect((await app.request('/v2/lab/stack/tags/list', { headers })).status).toBe(401);
    const { token } = lab.access.createToken({
      name: 'reader',
      scope: 'read',
      stacks: ['lab'],
      createdBy: 'the test',
      seconds: 3600,
    });
    const basic = `Basic ${Buffer.from(`any:${token}`).toString('base64')}`;
    expect(await (await app.request('/v2/token', { headers: { authorization: basic } })).json()).toMatchObject({
      token,
    });
    const own = { authorization: `Bearer ${token}` };
    const manifest = await app.request('/v2/lab/stack/manifests/latest', { headers: own });
    const { config } = (await manifest.json()) as { config: { digest: string } };
    expect((await app.request(`/v2/lab/stack/blobs/${config.digest}`, { headers: own })).status).toBe(200);
    const layout = await openLayout(lab.folder.images);
    const other = (await layout.resolve('lab/stack', 'latest'))!;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }));
    const digest = `sha256:${sha256(bytes)}`;
    await layout.putManifest(
      { repository: 'open/stack', reference: 'latest' },
      { descriptor: { mediaType: mediaTypes.index, digest, size: bytes.length }, bytes },
    );
    expect((await app.request('/v2/open/stack/manifests/latest', { headers })).status).toBe(200);
    for (const one of [config.digest, other.descriptor.digest])
      expect((await app.request(`/v2/open/stack/blobs/${one}`, { headers })).status).toBe(404);
  });
});
