import { createHash } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { startOpenidProvider } from '../../../test/support/openid-provider.ts';
import { TinyBrowser } from '../../../test/support/tiny-browser.ts';
import { githubSignIn, openidSignIn, type SignInProvider } from '../../access/index.ts';
import { Secret } from '../../kit/index.ts';
import type { SessionView } from '../../protocol/index.ts';
import { labApp } from '../../../test/support/lab-app.ts';

/** The address that labs have. */
const ours = 'http://127.0.0.1:1';
const isCallback = (url: string) => url.startsWith(`${ours}/auth/`) && url.includes('/callback');
const roles = [
  { scope: 'run', stacks: ['lab'], users: [], groups: ['lab'] },
  { scope: 'admin', stacks: ['*'], users: ['grace'], groups: [] },
] as const;

interface Site {
  readonly lab: Lab;
  readonly browser: TinyBrowser;
  newBrowser(): TinyBrowser;
}

async function openSite(provider: SignInProvider): Promise<Site> {
  const lab = await openLab({ providers: [provider], stack: { private: true } });
  const app = labApp(lab);
  const newBrowser = () =>
    new TinyBrowser((url, init) => (url.startsWith(`${ours}/`) ? app.request(url, init) : fetch(url, init)));
  return { lab, browser: newBrowser(), newBrowser };
}

const sessionOf = async (browser: TinyBrowser) =>
  (await (await browser.send(`${ours}/api/v1/session`)).json()) as SessionView;

describe('sign-in with OpenID Connect', () => {
  let provider: SignInProvider;
  beforeAll(async () => {
    const groups = (name: string) => (name === 'ada' ? ['lab'] : []);
    const issuer = await startOpenidProvider(`${ours}/auth/openid/callback`, groups);
    provider = openidSignIn({
      title: 'the issuer',
      issuer: issuer.issuer,
      clientId: 'slipway',
      clientSecret: new Secret(issuer.clientSecret),
      scopes: ['openid', 'profile', 'groups'],
      nameClaim: 'preferred_username',
      groupsClaim: 'groups',
      roles,
    });
    return () => issuer.close();
  });

  const toCallback = (browser: TinyBrowser, name: string, query = '') =>
    browser.open(`${ours}/auth/openid/sign-in${query}`, { login: name, password: 'x' }, isCallback);

  test('gives a session with the roles of the person’s groups, which ends with signing out', async () => {
    const { browser, lab } = await openSite(provider);
    await lab.happens(lab.push('main').event);
    expect((await browser.send(`${ours}/api/v1/stacks/lab`)).status).toBe(401);
    const callback = await toCallback(browser, 'ada', '?return=/stacks/lab');
    const arrived = await browser.send(callback);
    expect([arrived.status, arrived.headers.get('location')]).toEqual([302, '/stacks/lab']);
    const cookie = arrived.headers.getSetCookie().find((one) => one.startsWith('slipway-session='));
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(await sessionOf(browser)).toMatchObject({ name: 'ada (openid)', isSession: true, stacks: { lab: 'run' } });
    expect((await browser.send(`${ours}/api/v1/stacks/lab`)).status).toBe(200);

    const cancel = `${ours}/api/v1/pipelines/1/cancel`;
    const forged = await browser.send(cancel, { method: 'POST' });
    expect([forged.status, await forged.json()]).toMatchObject([403, { code: 'SERVER_PAGE_HEADER_MISSING' }]);
    const headers = { 'x-slipway-page': '1' };
    const foreign = await browser.send(cancel, {
      method: 'POST',
      headers: { ...headers, origin: 'http://evil.example' },
    });
    expect([foreign.status, await foreign.json()]).toMatchObject([403, { code: 'SERVER_ORIGIN_REFUSED' }]);
    expect((await browser.send(cancel, { method: 'POST', headers })).status).toBe(200);
    expect((await browser.send(`${ours}/api/v1/tokens`)).status).toBe(403);

    await browser.send(`${ours}/auth/sign-out`, { method: 'POST', headers });
    expect((await browser.send(`${ours}/api/v1/stacks/lab`)).status).toBe(401);
  });

  test('is for the browser that began it, once, and unchanged', async () => {
    const { browser, newBrowser } = await openSite(provider);
    const failed = async (one: TinyBrowser, url: string) => {
      const response = await one.send(url);
      expect(response.status).toBe(401);
      return response.text();
    };
    const callback = await toCallback(browser, 'ada');
    expect(await failed(newBrowser(), callback)).toContain('did not begin in this browser');
    const jar = browser.cookiesOf(ours);
    const pending = jar.get('slipway-sign-in') as string;
    const changed = (change: Record<string, string>) => {
      const known = JSON.parse(Buffer.from(pending, 'base64url').toString()) as object;
      jar.set('slipway-sign-in', Buffer.from(JSON.stringify({ ...known, ...change })).toString('base64url'));
    };
    changed({ state: 'x'.repeat(43) });
    expect(await failed(browser, callback)).toContain('state');
    changed({ verifier: 'x'.repeat(43) });
    await failed(browser, callback);
    const second = await toCallback(browser, 'ada');
    const nonce = JSON.parse(Buffer.from(jar.get('slipway-sign-in') as string, 'base64url').toString()) as object;
    jar.set('slipway-sign-in', Buffer.from(JSON.stringify({ ...nonce, nonce: 'x' })).toString('base64url'));
    expect(await failed(browser, second)).toContain('nonce');
    expect(jar.get('slipway-session')).toBeUndefined();
    const third = await toCallback(browser, 'ada');
    const kept = jar.get('slipway-sign-in') as string;
    expect((await browser.send(third)).status).toBe(302);
    jar.set('slipway-sign-in', kept);
    await failed(browser, third);
  });

  test('is refused for a person without a role, and leads to no other site', async () => {
    const { browser, newBrowser } = await openSite(provider);
    const refused = await browser.send(await toCallback(browser, 'eve'));
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('`eve` has no role')]);
    for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a/..//evil.example']) {
      const other = newBrowser();
      const arrived = await other.send(await toCallback(other, 'grace', `?return=${encodeURIComponent(path)}`));
      expect(arrived.headers.get('location'), path).toBe('/');
      expect(await sessionOf(other)).toMatchObject({ stacks: { lab: 'admin' } });
    }
  });

  test('reports an issuer that does not answer', async () => {
    const away = openidSignIn({
      title: 'the issuer',
      issuer: 'http://127.0.0.1:9',
      clientId: 'slipway',
      scopes: ['openid'],
      nameClaim: 'sub',
      groupsClaim: 'groups',
      roles,
    });
    const { browser } = await openSite(away);
    const response = await browser.send(`${ours}/auth/openid/sign-in`);
    expect([response.status, await response.json()]).toMatchObject([502, { code: 'ACCESS_PROVIDER_UNREACHABLE' }]);
  });
});

describe('sign-in with GitHub', () => {
  const secret = 'the-secret-of-the-app';

  /** What GitHub's documentation says of the web application flow and the two resources. */
  async function startGithub(): Promise<string> {
    const challenges = new Map<string, string>();
    const app = new Hono();
    app.get('/login/oauth/authorize', (c) => {
      const { redirect_uri: back = '', state = '', code_challenge: challenge = '', scope } = c.req.query();
      if (scope !== 'read:org') return c.text('scope', 400);
      challenges.set('code-of-ada', challenge);
      return c.redirect(`${back}?code=code-of-ada&state=${state}`);
    });
    app.post('/login/oauth/access_token', async (c) => {
      const body = await c.req.json<Record<string, string>>();
      const challenge = createHash('sha256')
        .update(body['code_verifier'] ?? '')
        .digest('base64url');
      const isRight = body['client_secret'] === secret && challenges.get(body['code'] ?? '') === challenge;
      challenges.delete(body['code'] ?? '');
      return c.json(isRight ? { access_token: 'gho_ada', token_type: 'bearer' } : { error: 'bad_verification_code' });
    });
    const authorized = (c: { req: { header(name: string): string | undefined } }) =>
      c.req.header('authorization') === 'Bearer gho_ada';
    app.get('/api/v3/user', (c) => (authorized(c) ? c.json({ login: 'ada', id: 1 }) : c.body(null, 401)));
    app.get('/api/v3/user/teams', (c) => {
      if (!authorized(c)) return c.body(null, 401);
      // The team is on the second page.
      const fillers = Array.from({ length: 100 }, (_, index) => ({
        slug: `t${index}`,
        organization: { login: 'big' },
      }));
      return c.json(c.req.query('page') === '1' ? fillers : [{ slug: 'maintainers', organization: { login: 'lab' } }]);
    });
    app.get('/api/v3/user/memberships/orgs', (c) =>
      c.json(c.req.query('state') === 'active' ? [{ state: 'active', organization: { login: 'lab' } }] : []),
    );
    const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
    });
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('gives the roles of organizations and teams, and the account counts as the actor', async () => {
    const url = await startGithub();
    const provider = githubSignIn({
      url,
      apiUrl: `${url}/api/v3`,
      clientId: 'Iv1.0',
      clientSecret: new Secret(secret),
      roles: [
        { scope: 'read', stacks: ['*'], users: [], groups: ['lab'] },
        { scope: 'approve', stacks: ['lab'], users: [], groups: ['lab/maintainers'] },
      ],
    });
    const { browser, lab } = await openSite(provider);
    const callback = await browser.open(`${ours}/auth/github/sign-in`, {}, isCallback);
    expect((await browser.send(callback)).status).toBe(302);
    expect(await sessionOf(browser)).toMatchObject({ name: 'ada (github)', stacks: { lab: 'approve' } });
    const session = browser.cookiesOf(ours).get('slipway-session') as string;
    expect(lab.access.principalOfSession(session)).toMatchObject({ actor: 'ada' });
    // A code is good once.
    await browser.open(`${ours}/auth/github/sign-in`, {}, isCallback);
    expect((await browser.send(callback)).status).toBe(401);
  });
});
