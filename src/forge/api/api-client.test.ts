import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { githubProfile } from '../github/github-profile.ts';
import { apiClient, type ApiClientOptions } from './api-client.ts';
import { fixedToken } from './token-source.ts';

const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
const NOW = Date.parse('2026-01-01T00:00:00Z');
const SECONDS = Math.floor(NOW / 1000);

describe('a client of a forge’s API', () => {
  let answers: (Response | Error)[];
  let requests: { url: string; request: RequestInit }[];
  let waits: number[];
  let now: number;
  beforeEach(() => {
    [answers, requests, waits, now] = [[], [], [], NOW];
  });

  function client(options: Partial<ApiClientOptions> = {}) {
    return apiClient(githubProfile, {
      apiUrl: 'https://api.example.org',
      token: fixedToken(new Secret('hush')),
      log: silentLogger,
      clock: { now: () => now },
      random: () => 0.5,
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
      fetch: async (url, request) => {
        requests.push({ url, request });
        const answer = answers.shift() ?? Response.json({ done: true });
        if (answer instanceof Error) throw answer;
        return answer;
      },
      ...options,
    });
  }
  const get = (options?: Partial<ApiClientOptions>) => client(options).send({ method: 'GET', path: '/a' });

  test('asks with the token, the API’s version and a known entity tag', async () => {
    await client().send({ method: 'GET', path: '/repos/a/b/pulls?page=2', etag: '"x"' });
    expect(requests[0]?.url).toBe('https://api.example.org/repos/a/b/pulls?page=2');
    expect(requests[0]?.request.headers).toMatchObject({
      Authorization: 'Bearer hush',
      'If-None-Match': '"x"',
      'X-GitHub-Api-Version': '2022-11-28',
    });
  });

  test('comes back after 502 and a broken connection, later each time', async () => {
    answers = [new Response('<html>', { status: 502 }), new Error('socket hang up')];
    expect((await get()).body).toEqual({ done: true });
    expect(waits).toEqual([500, 1000]);
  });

  test('reports at once how to trust the certificate of a private authority', async () => {
    answers = [new TypeError('fetch failed', { cause: untrusted })];
    await expect(get()).rejects.toMatchObject({
      code: 'FORGE_GITHUB_UNAVAILABLE',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(waits).toEqual([]);
  });

  test('gives up after four attempts, and says what came last', async () => {
    answers = [1, 2, 3, 4].map(() => new Response('', { status: 503 }));
    await expect(get()).rejects.toMatchObject({
      code: 'FORGE_GITHUB_UNAVAILABLE',
      message: expect.stringContaining('status 503'),
    });
    expect(requests).toHaveLength(4);
  });

  test('a secondary limit that ends soon is waited for', async () => {
    answers = [
      Response.json(
        { message: 'You have exceeded a secondary rate limit' },
        { status: 403, headers: { 'retry-after': '3' } },
      ),
    ];
    expect((await get()).status).toBe(200);
    expect(waits).toContain(3000);
  });

  test('a secondary limit without a time counts as a minute, and twice as long each time that it is met again', async () => {
    const limit = () => Response.json({ message: 'You have exceeded a secondary rate limit' }, { status: 403 });
    answers = [limit(), limit(), Response.json({}), limit()];
    const { send } = client();
    const refusedUntil = async () => {
      const error: unknown = await send({ method: 'GET', path: '/a' }).catch((thrown: unknown) => thrown);
      return /until (\S+Z)/.exec((error as Error).message)?.[1];
    };
    expect(await refusedUntil()).toBe('2026-01-01T00:01:00.000Z');
    now += 61_000;
    expect(await refusedUntil()).toBe('2026-01-01T00:03:01.000Z');
    now += 121_000;
    expect((await send({ method: 'GET', path: '/a' })).status).toBe(200);
    expect(await refusedUntil()).toBe('2026-01-01T00:04:02.000Z');
  });

  test('no request is sent before a limit ends, and then all goes on', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(SECONDS + 600) };
    answers = [Response.json({ message: 'API rate limit exceeded' }, { status: 403, headers })];
    const { send } = client();
    const limited = { code: 'FORGE_GITHUB_RATE_LIMITED', message: expect.stringContaining('2026-01-01T00:10:00.000Z') };
    await expect(send({ method: 'GET', path: '/a' })).rejects.toMatchObject(limited);
    await expect(send({ method: 'GET', path: '/b' })).rejects.toMatchObject(limited);
    expect(requests).toHaveLength(1);
    now += 601_000;
    expect((await send({ method: 'GET', path: '/b' })).status).toBe(200);
  });

  test.each([
    [401, 'FORGE_GITHUB_UNAUTHORIZED'],
    [403, 'FORGE_GITHUB_FORBIDDEN'],
    [422, 'FORGE_STATUS_REFUSED'],
    [410, 'FORGE_GITHUB_ANSWER_INVALID'],
  ])('%i is an error at once, with GitHub’s own words and without the token', async (status, code) => {
    answers = [Response.json({ message: 'Not for you' }, { status })];
    const error = await get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining('Not for you') });
    expect(JSON.stringify(error)).not.toContain('hush');
    expect(requests).toHaveLength(1);
  });

  test('what must not be done twice is looked for before it is repeated', async () => {
    answers = [new Response('', { status: 502 })];
    const done = { status: 201, headers: new Headers(), body: 'done', message: '' };
    const answer = await client().send({ method: 'POST', path: '/a', body: {}, alreadyDone: async () => done });
    expect(answer).toBe(done);
    expect(requests).toHaveLength(1);
  });

  test('a page on another host does not get the token', async () => {
    const leaving = client().send({ method: 'GET', path: 'https://elsewhere.example.org/repos' });
    await expect(leaving).rejects.toMatchObject({ code: 'FORGE_GITHUB_ANSWER_INVALID' });
    expect(requests).toHaveLength(0);
  });
});
