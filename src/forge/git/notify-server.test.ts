import { expect, test } from 'vitest';
import { Secret } from '../../kit/index.ts';
import { notifyServer } from './notify-server.ts';

test('the server is reported by a POST that names the stack', async () => {
  const requests: string[] = [];
  const answer: typeof fetch = async (target, init) => {
    requests.push(`${init?.method} ${target instanceof Request ? target.url : target.toString()}`);
    return new Response(null, { status: 202 });
  };
  await notifyServer({ url: 'http://127.0.0.1:7777/', stack: 'my stack', fetch: answer });
  expect(requests).toEqual(['POST http://127.0.0.1:7777/hooks/git/my%20stack']);
});

test('a server that is not there, or refuses, is an error with a remedy', async () => {
  const refuse: typeof fetch = async () => new Response('no', { status: 404 });
  await expect(notifyServer({ url: 'http://x', stack: 's', fetch: refuse })).rejects.toThrow(/it answered 404/);
  const fail: typeof fetch = async () => {
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  };
  const error = notifyServer({ url: 'http://x', stack: 's', fetch: fail });
  await expect(error).rejects.toMatchObject({
    code: 'FORGE_NOTIFY_FAILED',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('who pushed is reported with the token; a server that does not believe it is woken all the same', async () => {
  const sender = {
    token: new Secret('hook token'),
    actor: 'ada',
    pushes: [{ ref: 'refs/tags/v1', sha: 'a'.repeat(40) }],
  };
  const requests: unknown[] = [];
  let status = 202;
  const answer: typeof fetch = async (_target, init) => {
    const authorization = new Headers(init?.headers).get('authorization');
    requests.push([authorization, init?.body]);
    return new Response(null, { status: authorization === null ? 202 : status });
  };
  const notify = () => notifyServer({ url: 'http://x', stack: 's', sender, fetch: answer });
  const report = ['Bearer hook token', JSON.stringify({ actor: sender.actor, pushes: sender.pushes })];
  await notify();
  expect(requests).toEqual([report]);
  status = 401;
  await expect(notify()).rejects.toThrow(/answered 401 to who pushed, and was woken without that/);
  expect(requests).toEqual([report, report, [null, undefined]]);
});
