import { once } from 'node:events';
import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { readAuditPage } from '../../audit/index.ts';
import type { CoordinatorContext, Stack } from '../../coordinator/index.ts';
import { Secret } from '../../kit/index.ts';
import { RunnerRequest } from '../../protocol/index.ts';
import { listen } from '../listen.ts';
import { closedBy } from './local-access.ts';
import { labApp } from '../../../test/support/lab-app.ts';

interface Answer {
  readonly status: number | undefined;
  readonly code: string | undefined;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': 'later: { script: x, when: manual }\n' };
const play = '/api/v1/pipelines/1/jobs/play';

/** A server on loopback without configuration, with a manual job. */
async function serve(address = '127.0.0.1:0') {
  const lab = await openLab();
  await lab.happens(lab.push('main', files).event);
  const app = labApp(lab);
  const listener = await listen(app, { address });
  onTestFinished(() => listener.close());
  const { port } = new URL(listener.url);
  const send = async ({ method = 'POST', path = play, headers = {}, body = '{"name":"later"}' }: Sent = {}) => {
    const own = { host: `127.0.0.1:${port}`, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) };
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...own, ...headers } });
    sent.end(method === 'POST' ? body : undefined);
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode?: number }];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const code = text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined;
    return { status: response.statusCode, code } satisfies Answer;
  };
  return { lab, app, port, send };
}

const refused: Answer = { status: 403, code: 'SERVER_FOREIGN_CHANGE' };
const askedToSignIn: Answer = { status: 401, code: 'SERVER_SIGN_IN_NEEDED' };

function recordedBy(lab: Lab): string | undefined {
  return readAuditPage(lab.folder.audit, { action: 'job.play' }, { limit: 1 }).records[0]?.who;
}

describe('on loopback without configuration', () => {
  test('a local program acts without a token, and the audit log says so', async () => {
    const { lab, send } = await serve();
    expect((await send()).status).toBe(200);
    expect(lab.jobs('1')).toEqual(['later pending']);
    expect(recordedBy(lab)).toBe('local');
    expect((await send({ method: 'GET', path: '/api/v1/audit' })).status).toBe(200);
  });

  test('the server’s own page acts without a token', async () => {
    const { port, send } = await serve();
    const [byAddress, byName] = [`127.0.0.1:${port}`, `localhost:${port}`];
    const own = { 'sec-fetch-site': 'same-origin', 'x-slipway-page': '1' };
    expect((await send({ headers: { ...own, host: byAddress, origin: `http://${byAddress}` } })).status).toBe(200);
    const headers = { ...own, host: byName, origin: `http://${byName}` };
    expect((await send({ path: '/api/v1/pipelines/1/cancel', headers })).status).toBe(200);
  });

  test.each<[attack: string, headers: Readonly<Record<string, string>>, answer: Answer]>([
    [
      'a name that was pointed here (DNS rebinding)',
      { host: 'evil.example' },
      { status: 421, code: 'SERVER_HOST_REFUSED' },
    ],
    ['a page of another site', { origin: 'http://evil.example' }, { status: 403, code: 'SERVER_ORIGIN_REFUSED' }],
    ['a page without an origin', { origin: 'null' }, { status: 403, code: 'SERVER_ORIGIN_REFUSED' }],
    ['another program’s page on this machine', { origin: 'http://127.0.0.1:3000' }, refused],
    ['the same without its origin', { 'sec-fetch-site': 'same-site' }, refused],
    ['a page of another site without its origin', { 'sec-fetch-site': 'cross-site' }, refused],
    ['a form as text', { 'content-type': 'text/plain' }, refused],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, refused],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, refused],
    ['a proxy', { 'x-forwarded-for': '192.0.2.7' }, refused],
    ['a proxy by the standard header', { forwarded: 'for=192.0.2.7' }, refused],
    ['a proxy for an address of the network', { host: '192.0.2.1' }, refused],
  ])('a change that %s sends is refused', async (_, headers, answer) => {
    const { lab, send } = await serve();
    expect(await send({ headers })).toEqual(answer);
    expect(lab.jobs('1')).toEqual(['later manual']);
    expect((await send()).status).toBe(200);
  });

  test('a page of another site reads what is public, and not the audit log', async () => {
    const { send } = await serve();
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await send({ method: 'GET', path: '/api/v1/stacks', headers })).status).toBe(200);
    expect(await send({ method: 'GET', path: '/api/v1/audit', headers })).toEqual(refused);
  });

  test('a request within the process, or at the listener of a job, is anonymous', async () => {
    const { app } = await serve();
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"later"}' };
    const fromJob = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
    for (const connection of [undefined, fromJob])
      expect((await app.request(`http://127.0.0.1${play}`, init, connection)).status).toBe(401);
  });

  test('a server that others reach requires a token, also of local programs', async () => {
    expect(await (await serve('0.0.0.0:0')).send()).toEqual(askedToSignIn);
  });

  test('the first token ends it, also after it was revoked', async () => {
    const { lab, send } = await serve();
    const token = { name: 'ci', scope: 'read', stacks: ['*'], createdBy: 'the test', seconds: 60 } as const;
    const { record } = lab.access.createToken(token);
    expect(await send()).toEqual(askedToSignIn);
    lab.access.revokeToken(record.id);
    expect(await send()).toEqual(askedToSignIn);
  });
});

describe('local programs need a token', () => {
  const provider = { id: 'openid', title: 'Lab', roles: [], namesActors: false } as const;
  const flow = { begin: async () => new URL('https://id.example.org'), finish: async () => ({ name: '', groups: [] }) };
  const runner = { name: 'one', embedded: true };

  test.each([
    ['a public address', { configuration: { baseUrl: 'https://ci.example.org' } }, 'baseUrl'],
    ['another name', { configuration: { hosts: ['ci'] } }, 'hosts'],
    ['a proxy', { configuration: { trustedProxies: ['127.0.0.1'] } }, 'trustedProxies'],
    ['a private stack', { stack: { private: true } }, 'private'],
    [
      'a runner elsewhere',
      { configuration: { runners: [{ ...runner, embedded: false, sandbox: 'always' }] } },
      'runners',
    ],
    ['a runner without a sandbox', { configuration: { runners: [{ ...runner, sandbox: 'never' }] } }, 'runners'],
    ['a token of the configuration', { triggerToken: new Secret('x') }, 'sign in'],
    ['sign-in', { providers: [{ ...provider, ...flow }] }, 'sign in'],
    ['a webhook', { added: { forge: { webhook: {} } } }, 'webhooks'],
  ])('with %s', async (_, { configuration, added, ...options }: Readonly<Record<string, object>>, reason) => {
    const lab = await openLab(options);
    const stacks = new Map([['lab', { ...lab.stack, ...added } as Stack]]);
    const context = { ...lab.context, stacks, configuration: { ...lab.context.configuration, ...configuration } };
    expect(closedBy(context as CoordinatorContext, lab.access)).toContain(reason);
  });

  test('once a runner was created, even if it has been removed', async () => {
    const lab = await openLab();
    expect(closedBy(lab.context, lab.access)).toBeUndefined();
    const { runner: created } = lab.context.fleet.create(RunnerRequest.parse({ name: 'north' }), 'the test');
    lab.context.fleet.remove(String(created.id));
    expect(closedBy(lab.context, lab.access)).toBe('a runner has been created');
  });

  test('unless there are embedded runners alone, each in its sandbox', async () => {
    const lab = await openLab();
    const runners = [runner, { ...runner, sandbox: 'always' }];
    const configuration = { ...lab.context.configuration, runners };
    expect(closedBy({ ...lab.context, configuration } as CoordinatorContext, lab.access)).toBeUndefined();
  });
});
