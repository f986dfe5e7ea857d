import { describe, expect, test } from 'vitest';
import type { Push } from '../../forge/index.ts';
import { Secret } from '../../kit/index.ts';
import { gitHookRoutes } from './git-hooks.ts';

const pushes = [{ ref: 'refs/tags/v1', sha: 'a'.repeat(40) }];

async function post(request: { token?: string; body?: unknown; stack?: string; hidden?: readonly string[] }) {
  const { token, body, stack = 'lab', hidden = [] } = request;
  const saved: Push[] = [];
  const woken: string[] = [];
  const app = gitHookRoutes({
    isHidden: (name) => hidden.includes(name),
    tokenOf: (name) => (name === 'lab' ? new Secret('hook-token') : undefined),
    save: (_stack, push) => void saved.push(push),
    wake: (name) => (name === 'lab' || name === 'plain') && woken.push(name) > 0,
  });
  const response = await app.request(`/hooks/git/${stack}`, {
    method: 'POST',
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, saved, woken };
}

describe('the route for hooks of git', () => {
  test('polls the remote for any caller, and ignores what strangers report', async () => {
    expect(await post({})).toEqual({ status: 202, saved: [], woken: ['lab'] });
    expect(await post({ body: { actor: 'ada', pushes } })).toEqual({ status: 202, saved: [], woken: ['lab'] });
    expect(await post({ stack: 'none' })).toEqual({ status: 404, saved: [], woken: [] });
  });

  test('believes who pushed with the stack’s token', async () => {
    const body = { actor: 'ada', pushes };
    const answer = { status: 202, saved: [{ ...pushes[0], actor: 'ada' }], woken: ['lab'] };
    expect(await post({ token: 'hook-token', body })).toEqual(answer);
    const refused = { saved: [], woken: [] };
    expect(await post({ token: 'guessed', body })).toEqual({ status: 401, ...refused });
    expect(await post({ token: 'hook-token', body, stack: 'plain' })).toEqual({ status: 404, ...refused });
  });

  test('answers for a private stack as for one that does not exist', async () => {
    const hidden = ['lab', 'plain', 'none'];
    const statuses = async (request: Parameters<typeof post>[0]) =>
      Promise.all(hidden.map(async (stack) => (await post({ ...request, stack, hidden })).status));
    expect(await statuses({})).toEqual([202, 202, 202]);
    expect(await statuses({ token: 'guessed', body: { actor: 'ada', pushes } })).toEqual([401, 401, 401]);
    expect(await post({ stack: 'lab', hidden })).toEqual({ status: 202, saved: [], woken: ['lab'] });
  });

  test.each([
    ['no one', { actor: '', pushes }],
    ['a ref that is neither a branch nor a tag', { actor: 'ada', pushes: [{ ...pushes[0], ref: 'refs/pull/1/head' }] }],
    ['no SHA', { actor: 'ada', pushes: [{ ref: 'refs/tags/v1', sha: 'v1' }] }],
  ])('takes no word of %s', async (_what, body) => {
    expect(await post({ token: 'hook-token', body })).toEqual({ status: 400, saved: [], woken: [] });
  });
});
