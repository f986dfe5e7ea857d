import { expect, test } from 'vitest';
import { notifyServer } from './notify-server.ts';

test('the server is told by a POST that names the stack', async () => {
  const asked: string[] = [];
  const answer: typeof fetch = async (target, init) => {
    asked.push(`${init?.method} ${target instanceof Request ? target.url : target.toString()}`);
    return new Response(null, { status: 202 });
  };
  await notifyServer({ url: 'http://127.0.0.1:7777/', stack: 'my stack', fetch: answer });
  expect(asked).toEqual(['POST http://127.0.0.1:7777/hooks/git/my%20stack']);
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
