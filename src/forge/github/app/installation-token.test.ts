import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { githubStandIn, type GithubStandIn } from '../../../../test/support/github.ts';
import { silentLogger } from '../../../../test/support/silent-logger.ts';
import { Secret } from '../../../kit/index.ts';
import { apiClient } from '../../api/api-client.ts';
import { githubProfile } from '../github-profile.ts';
import type { GithubApp } from './app-token.ts';
import { installationToken } from './installation-token.ts';

const START = Date.parse('2026-05-01T12:00:00Z');
const MINUTE = 60_000;

describe('tokens of an installation', () => {
  let github: GithubStandIn;
  let now: number;
  beforeEach(async () => {
    now = START;
    github = await githubStandIn();
    github.githubApp.clock = { now: () => now };
  });
  afterEach(async () => {
    const { violations } = github.api;
    await github.dispose();
    expect(violations).toEqual([]);
  });

  const api = () => ({
    apiUrl: 'http://github.test/api/v3',
    log: silentLogger,
    clock: { now: () => now },
    wait: async () => {},
    fetch: async (url: string, request: RequestInit) => github.app.request(url, request),
  });
  function tokens(app: Partial<GithubApp> = {}, repository = github.full) {
    const { id, pem } = github.githubApp;
    return installationToken({ id: String(id), privateKey: new Secret(pem), ...app }, { ...api(), repository });
  }
  const lines = () => github.api.requests.map(({ line, status }) => `${line} ${status}`);
  const created = () => lines().filter((line) => line.includes('/access_tokens')).length;

  test('are for one repository, and are found without the number of the installation', async () => {
    const token = (await tokens()()).reveal();
    expect(token).toBe(github.githubApp.issued[0]?.token);
    expect(lines()).toEqual([
      `GET /repos/${github.full}/installation 200`,
      'POST /app/installations/815/access_tokens 201',
    ]);
  });

  test('are shared by concurrent callers, and kept until five minutes before their end', async () => {
    const token = tokens({ installation: 815 });
    const [one, other] = await Promise.all([token(), token()]);
    expect(one).toBe(other);
    now += 54 * MINUTE;
    expect(await token()).toBe(one);
    expect(created()).toBe(1);
    now += 2 * MINUTE;
    expect(await token()).not.toBe(one);
    expect(created()).toBe(2);
  });

  test('are created again once GitHub rejects one, and the request is repeated', async () => {
    const { send } = apiClient(githubProfile, { ...api(), token: tokens() });
    const request = { method: 'GET', path: `/repos/${github.full}/pulls` } as const;
    expect((await send(request)).status).toBe(200);
    github.githubApp.revokeTokens();
    now += MINUTE;
    const answers = await Promise.all([send(request), send(request)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(created()).toBe(2);
  });

  test('that GitHub does not know yet are tried again', async () => {
    github.fail({ on: /pulls/, status: 401, message: 'Bad credentials', times: 2 });
    const { send } = apiClient(githubProfile, { ...api(), token: tokens() });
    expect((await send({ method: 'GET', path: `/repos/${github.full}/pulls` })).status).toBe(200);
    expect(created()).toBe(1);
  });

  test('that GitHub keeps rejecting are an error, and not created over and over', async () => {
    github.fail({ on: /pulls/, status: 401, message: 'Bad credentials', times: 9 });
    const { send } = apiClient(githubProfile, { ...api(), token: tokens() });
    const request = { method: 'GET', path: `/repos/${github.full}/pulls` } as const;
    await expect(send(request)).rejects.toMatchObject({ code: 'FORGE_GITHUB_UNAUTHORIZED' });
    expect(created()).toBe(1);
  });

  test('are created after a passing failure', async () => {
    github.fail({ on: /access_tokens/, status: 502 });
    await tokens()();
    expect(created()).toBe(2);
  });

  test('need an installation for the repository; one with another number is found', async () => {
    const token = tokens();
    const first = await token();
    github.githubApp.installation = undefined;
    github.githubApp.revokeTokens();
    now += MINUTE;
    const missing = {
      code: 'FORGE_GITHUB_APP_NOT_INSTALLED',
      message: `GitHub App 4711 is not installed for the repository \`${github.full}\`.`,
    };
    await expect(token(first)).rejects.toMatchObject(missing);
    await expect(token()).rejects.toMatchObject(missing);
    github.githubApp.installation = 816;
    expect((await token()).reveal()).toBe(github.githubApp.issued[0]?.token);
    await expect(tokens({ installation: 816 }, 'example-lab/other')()).rejects.toMatchObject({
      code: 'FORGE_GITHUB_APP_NOT_INSTALLED',
    });
  });

  test('need a key that is the App’s, and a clock that is right', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const unauthorized = { code: 'FORGE_GITHUB_APP_UNAUTHORIZED' };
    await expect(tokens({ privateKey: new Secret(foreign) })()).rejects.toMatchObject(unauthorized);
    github.githubApp.clock = { now: () => now - 5 * MINUTE };
    await expect(tokens()()).rejects.toMatchObject(unauthorized);
  });

  test.each([
    ['no PEM', 'between us'],
    [
      'another kind of key',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ])('with %s as key, the forge is not opened, and the error keeps the text to itself', (_what, text) => {
    const open = () => tokens({ privateKey: new Secret(text) });
    expect(open).toThrow(expect.objectContaining({ code: 'FORGE_GITHUB_APP_KEY_INVALID', cause: undefined }));
  });

  test('and the key are in no error, however GitHub answers', async () => {
    const token = tokens();
    github.fail({ on: /access_tokens/, status: 418, message: 'no' });
    const error = await token().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'FORGE_GITHUB_ANSWER_INVALID' });
    expect(JSON.stringify(error)).not.toMatch(/eyJ|PRIVATE/);
  });
});
