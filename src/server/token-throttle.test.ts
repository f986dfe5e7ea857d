import { Hono } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import { SlipwayError } from '../kit/index.ts';
import { checkToken, throttleTokens, type TokenKind } from './token-throttle.ts';

let now: number;
let app: Hono;
beforeEach(() => {
  now = 0;
  app = new Hono();
  app.use('*', throttleTokens({ now: () => now }));
  app.get('/:kind/:token', async (c) => {
    const { kind, token } = c.req.param();
    const found = await checkToken(c, { kind: kind as TokenKind, token }, () =>
      token.startsWith('right') ? token : undefined,
    );
    return c.text(found === undefined ? 'wrong' : 'right', found === undefined ? 403 : 200);
  });
  app.onError((error, c) => c.text(error.message, error instanceof SlipwayError ? (error.status as 429) : 500));
});

async function show(token: string, remoteAddress: string | undefined = '10.0.0.1', kind: TokenKind = 'runner') {
  return (await app.request(`/${kind}/${token}`, {}, { incoming: { socket: { remoteAddress } } })).status;
}

async function guess(times: number, address?: string): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < times; index += 1) statuses.push(await show(`wrong-${index}`, address));
  return statuses;
}

test('after ten wrong tokens no further one is looked at, right or wrong', async () => {
  expect(await guess(11)).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
  expect(await show('right-guess')).toBe(429);
});

test('the answer says when to come again, and then it is one token each', async () => {
  await guess(10);
  const answer = await app.request('/runner/x', {}, { incoming: { socket: { remoteAddress: '10.0.0.1' } } });
  expect(answer.headers.get('retry-after')).toBe('6');
  now += 6000;
  expect(await guess(2)).toEqual([403, 429]);
});

test('tokens that were right before are taken however many wrong ones come from the same address', async () => {
  for (const runner of ['right-1', 'right-2']) expect(await show(runner)).toBe(200);
  await guess(50);
  expect([await show('right-1'), await show('right-2'), await show('right-3')]).toEqual([200, 200, 429]);
});

test('each address and each kind of token has an allowance of its own', async () => {
  await guess(11);
  expect([await show('right', '10.0.0.2'), await show('right', '10.0.0.1', 'hook')]).toEqual([200, 200]);
});

test('the addresses of one IPv6 network are one, and an IPv4 address is one in both notations', async () => {
  await guess(10, '2001:db8::1');
  expect([await show('x', '2001:db8:0:0:ffff::2'), await show('x', '2001:db8:0:1::1')]).toEqual([429, 403]);
  await guess(10, '::ffff:10.9.9.9');
  expect(await show('x', '10.9.9.9')).toBe(429);
});

test('requests from within the process, and those without a token, are not counted', async () => {
  const statuses = new Set<number>();
  for (let index = 0; index < 20; index += 1) statuses.add((await app.request('/runner/wrong')).status);
  expect([...statuses]).toEqual([403]);
});
