import type { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import { readAudit } from '../../audit/index.ts';
import { createToken } from '../access/create-token.ts';
import { labApp } from '../../../test/support/lab-app.ts';

interface Site {
  readonly lab: Lab;
  readonly app: Hono;
  /** Sends JSON with the token of an administrator, or without. */
  send(path: string, body: object, options?: { method?: string; isAdmin?: true }): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const gated = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': 'say: { script: x, tags: [arm], timeout: 2h }\n' };

async function openSite(): Promise<Site> {
  const lab = await openLab({ runners: [embedded] });
  const app = labApp(lab);
  const parts = { access: lab.access, credentials: lab.context.tokens };
  const { token } = createToken(parts, { name: 'root', scope: 'admin', stacks: ['*'], days: 1 }, 'the test');
  const send: Site['send'] = async (path, body, { method = 'POST', isAdmin } = {}) => {
    const headers = { 'content-type': 'application/json', ...(isAdmin && { 'private-token': token }) };
    const response = await app.request(path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  };
  return { lab, app, send };
}

const audited = (lab: Lab) =>
  [...readAudit(lab.folder.audit, { action: 'runner.*' })].map(({ who, action, on, outcome }) =>
    [who, action, on, outcome].join(' '),
  );

describe('a runner registers itself', () => {
  test('with a registration token, and removes itself again', async () => {
    const { lab, send } = await openSite();
    const details = { description: 'rack', tag_list: 'arm, large,arm', run_untagged: false, maximum_timeout: 600 };
    expect((await send('/api/v4/runners', { token: 'x', ...details })).status).toBe(410);
    const { token } = lab.context.fleet.allowRegistration({ stacks: ['*'], sandbox: false, days: 1 }, 'the test');
    expect((await send('/api/v4/runners', { token: 'x', ...details })).status).toBe(403);
    const { status, body } = await send('/api/v4/runners', { token, ...details, access_level: 'not_protected' });
    expect([status, body]).toEqual([201, { id: 1001, token: body.token, token_expires_at: null }]);
    const own = { token: body.token };
    expect((await send('/api/v4/runners/verify', own)).body).toEqual(body);
    expect(lab.context.runners.named('rack')).toMatchObject({ tags: ['arm', 'large'], runUntagged: false });
    expect((await send('/api/v4/runners', own, { method: 'DELETE' })).status).toBe(204);
    expect((await send('/api/v4/runners/verify', own)).status).toBe(403);
    expect(audited(lab)).toContain('registration token runner.register runner 1001 done');
  });

  test('with a form, as clients of GitLab send it, and only with what GitLab allows', async () => {
    const { lab, app } = await openSite();
    const { token } = lab.context.fleet.allowRegistration({ stacks: ['*'], sandbox: false, days: 1 }, 'the test');
    const register = (fields: Record<string, string>) =>
      app.request('/api/v4/runners', { method: 'POST', body: new URLSearchParams({ token, ...fields }) });
    expect((await register({ description: 'rack', active: 'false', maximum_timeout: '3600' })).status).toBe(201);
    expect(lab.context.runners.named('rack')).toMatchObject({ paused: true, maximumTimeout: 3600, runUntagged: true });
    const none = await register({ run_untagged: 'false' });
    expect([none.status, await none.text()]).toEqual([400, expect.stringContaining('tags')]);
  });
});

describe('an administrator', () => {
  test('changes what a runner takes', async () => {
    const { lab, send } = await openSite();
    await send('/api/v1/runners', { name: 'rack', tags: ['arm'] }, { isAdmin: true });
    const edit = (body: object, by: { isAdmin?: true } = { isAdmin: true }) =>
      send('/api/v1/runners/1001', body, { method: 'PUT', ...by });
    expect((await edit({ tags: ['large'] }, {})).status).toBe(401);
    expect(await edit({ tags: ['large'], concurrency: 2 })).toMatchObject({
      status: 200,
      body: { name: 'rack', tags: ['large'], concurrency: 2, runUntagged: true },
    });
    expect((await edit({ concurrency: null })).body.concurrency).toBeUndefined();
    expect(await edit({ name: 'shelf' })).toMatchObject({ status: 400, body: { code: 'SERVER_BODY_INVALID' } });
    expect(audited(lab)).toContain('token:root runner.edit runner 1001 done');
  });

  test('creates a runner, which takes jobs, is paused and resumed, and removed', async () => {
    const { lab, send } = await openSite();
    await lab.happens(lab.push('main', gated).event);
    const request = { name: 'rack', tags: ['arm'], maximumTimeout: 60 };
    expect((await send('/api/v1/runners', request)).status).toBe(401);
    const { status, body } = await send('/api/v1/runners', request, { isAdmin: true });
    expect([status, body]).toMatchObject([201, { id: 1001, name: 'rack', origin: { createdBy: 'token root' } }]);
    const take = () => send('/api/v4/jobs/request', { token: body.token });
    await send('/api/v1/runners/1001/pause', {}, { isAdmin: true });
    expect((await take()).status).toBe(204);
    await send('/api/v1/runners/1001/resume', {}, { isAdmin: true });
    expect(await take()).toMatchObject({ status: 201, body: { runner_info: { timeout: 60 } } });
    expect((await send('/api/v1/runners/1001/remove', {}, { isAdmin: true })).status).toBe(200);
    expect((await take()).status).toBe(403);
    const own = await send('/api/v1/runners/1/pause', {}, { isAdmin: true });
    expect([own.status, own.body.code]).toEqual([409, 'RUNNER_CONFIGURED']);
    expect(audited(lab)).toEqual([
      'anonymous runner.create  refused',
      ...['create', 'pause', 'resume', 'remove'].map((name) => `token:root runner.${name} runner 1001 done`),
      expect.stringMatching(/^anonymous .* refused$/),
      'token:root runner.pause runner 1 refused',
    ]);
  });

  test('creates one over GitLab’s API for a project, and gives it a new token', async () => {
    const { lab, send } = await openSite();
    const project = Number(lab.context.ledger.projectId('lab'));
    const request = { runner_type: 'project_type', project_id: project, description: 'rack', tag_list: ['arm'] };
    const { status, body } = await send('/api/v4/user/runners', request, { isAdmin: true });
    expect([status, body.token]).toEqual([201, expect.stringMatching(/^glrt-/)]);
    expect(lab.context.runners.named('rack')?.stacks).toEqual(['lab']);
    const reset = await send('/api/v4/runners/1001/reset_authentication_token', {}, { isAdmin: true });
    expect(reset.status).toBe(201);
    expect((await send('/api/v4/runners/verify', { token: body.token })).status).toBe(403);
    expect((await send('/api/v4/runners/verify', { token: reset.body.token })).status).toBe(200);
    const other = await send('/api/v4/user/runners', { ...request, project_id: 99 }, { isAdmin: true });
    expect(other.status).toBe(404);
  });
});

test('a runner gets a new token before its own expires, which the old one survives for an hour', async () => {
  const { lab, send } = await openSite();
  const { body } = await send('/api/v1/runners', { name: 'rack', tokenDays: 1 }, { isAdmin: true });
  const verified = await send('/api/v4/runners/verify', { token: body.token });
  expect(verified.body.token_expires_at).toMatch(/^2026-12-02T/);
  const reset = await send('/api/v4/runners/reset_authentication_token', { token: body.token });
  expect(reset).toMatchObject({ status: 201, body: { token_expires_at: expect.stringMatching(/^2026-12-02T/) } });
  expect((await send('/api/v4/runners/verify', { token: body.token })).status).toBe(200);
  lab.tick(3600 * 1000);
  expect((await send('/api/v4/runners/verify', { token: body.token })).status).toBe(403);
  expect((await send('/api/v4/runners/reset_authentication_token', { token: embedded.token })).status).toBe(403);
});

test('a runner that waits for a job gets one when it is resumed', async () => {
  const { lab, send } = await openSite();
  await lab.happens(lab.push('main', gated).event);
  const request = { name: 'rack', tags: ['arm'], paused: true };
  await send('/api/v1/runners', request, { isAdmin: true });
  const waiting = lab.context.runners.named('rack')!;
  const mark = lab.jobService.queueMark(waiting);
  const changed = lab.jobService.queueChanged(waiting, mark, new AbortController().signal);
  await send('/api/v1/runners/1001/resume', {}, { isAdmin: true });
  await changed;
  expect(await lab.jobService.requestJob(waiting, {})).toMatchObject({ job_info: { name: 'say' } });
});

test('a runner that is removed while it waits for a job gets none', async () => {
  const { lab, send } = await openSite();
  await send('/api/v1/runners', { name: 'rack', tags: ['arm'] }, { isAdmin: true });
  const waiting = lab.context.runners.named('rack')!;
  await send('/api/v1/runners/1001/remove', {}, { isAdmin: true });
  await lab.happens(lab.push('main', gated).event);
  expect(await lab.jobService.requestJob(waiting, {})).toBeUndefined();
});
