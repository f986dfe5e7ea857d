import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { gitlabPushPayload } from '../../../test/support/gitlab-payloads.ts';
import { Secret } from '../../kit/index.ts';
import { gitlabWebhook } from './gitlab-webhook.ts';

const SHA = 'a'.repeat(40);
const NOW = Date.parse('2026-01-15T09:30:00Z');
const clock = { now: () => NOW };
const tag = { ref: 'refs/tags/v1', before: '', after: SHA, user: 'ada' };
const BODY = JSON.stringify(gitlabPushPayload('group/stack', tag));

function webhook(secret: string, at = clock) {
  return gitlabWebhook({ secret: new Secret(secret), project: 'Group/stack', clock: at });
}

function read(secret: string, headers: Readonly<Record<string, string>>, body = BODY) {
  return webhook(secret).read({ headers: new Headers(headers), body });
}

describe('a webhook of GitLab with a secret token', () => {
  const headers = { 'X-Gitlab-Token': 'between us', 'X-Gitlab-Event': 'Tag Push Hook', 'X-Gitlab-Event-UUID': 'one' };

  test('names who GitLab let in, and the ref and object that were pushed', async () => {
    expect(await read('between us', headers)).toEqual({
      id: 'one',
      event: 'Tag Push Hook',
      purpose: 'change',
      push: { ref: 'refs/tags/v1', sha: SHA, actor: 'ada' },
    });
  });

  test('has the id that stays the same when GitLab sends it again', async () => {
    expect(await read('between us', { ...headers, 'Idempotency-Key': 'key' })).toMatchObject({ id: 'key' });
  });

  test.each([
    ['another token', 'guessed', headers],
    ['no token', 'between us', { 'X-Gitlab-Event': 'Push Hook' }],
    ['no token where the secret is empty', '', { 'X-Gitlab-Event': 'Push Hook' }],
  ])('with %s is refused', async (_what, secret, sent) => {
    expect(await read(secret, sent)).toBeUndefined();
  });

  test('a ref that was removed, and other events, name no one', async () => {
    const gone = JSON.stringify(gitlabPushPayload('group/stack', { ...tag, after: '0'.repeat(40) }));
    expect((await read('between us', headers, gone))?.push).toBeUndefined();
    const other = await read('between us', { ...headers, 'X-Gitlab-Event': 'Job Hook' }, '{"object_kind":"build"}');
    expect(other).toMatchObject({ purpose: 'other', push: undefined });
  });

  test('another project of the group names no one', async () => {
    const theirs = JSON.stringify(gitlabPushPayload('group/fork', tag));
    expect(await read('between us', headers, theirs)).toMatchObject({ purpose: 'change', push: undefined });
  });
});

describe('the samples that *Test* sends', () => {
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
  const headers = { 'X-Gitlab-Token': 'between us', 'X-Gitlab-Event': 'Push Hook', 'Idempotency-Key': 'one' };
  const commitsOf = (...shas: readonly string[]) => shas.map((id) => ({ id }));
  const sent = (push: { ref: string; before: string; after: string }, commits: readonly object[]) =>
    read(
      'between us',
      headers,
      JSON.stringify({ ...gitlabPushPayload('group/stack', { ...push, user: 'ada' }), commits }),
    );
  const [newest = '', middle = '', oldest = ''] = ids;

  test.each(['refs/heads/main', 'refs/tags/v1'])('are no push of the one who pressed the button: %s', async (ref) => {
    const sample = { ref, before: oldest, after: newest };
    expect(await sent(sample, commitsOf(newest, middle, oldest))).toMatchObject({ purpose: 'test', push: undefined });
    const only = { ref, before: newest, after: newest };
    expect(await sent(only, commitsOf(newest))).toMatchObject({ purpose: 'test', push: undefined });
  });

  test.each([
    ['of commits', { ref: 'refs/heads/main', before: oldest, after: newest }, commitsOf(middle, newest)],
    ['that moves a branch back', { ref: 'refs/heads/main', before: newest, after: oldest }, commitsOf()],
    ['of a branch', { ref: 'refs/heads/x', before: '', after: newest }, commitsOf(oldest, middle, newest)],
    [
      'of a tag’s own object at the same commit',
      { ref: 'refs/tags/v1', before: oldest, after: newest },
      commitsOf(oldest),
    ],
  ])('differ from a push %s', async (_what, push, commits) => {
    expect(await sent(push, commits)).toMatchObject({ purpose: 'change', push: { actor: 'ada', sha: push.after } });
  });
});

describe('a webhook of GitLab with a signing token', () => {
  const key = Buffer.alloc(32, 7);
  const secret = `whsec_${key.toString('base64')}`;
  const time = String(NOW / 1000);
  const sign = (body: string, at = time) =>
    `v1,${createHmac('sha256', key).update(`one.${at}.${body}`).digest('base64')}`;
  const headers = { 'webhook-id': 'one', 'webhook-timestamp': time, 'X-Gitlab-Event': 'Push Hook' };

  test('is checked as Standard Webhooks shows it', async () => {
    const example = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const then = webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { now: () => 1_614_265_330_000 });
    expect(await then.read({ headers: new Headers(example), body: '{"test": 2432232314}' })).toBeDefined();
  });

  test.each(['whsec_', 'whsec_c2hvcnQ=', `${secret}\n`, `whsec_${'?'.repeat(44)}`])(
    'is refused at the start where the token is not whole: %j',
    (token) => {
      const code = 'FORGE_GITLAB_SIGNING_TOKEN_INVALID';
      expect(() => webhook(token)).toThrow(expect.objectContaining({ code }));
    },
  );

  test('is accepted with the signature of id, time and body, also among others', async () => {
    const signed = { ...headers, 'webhook-signature': `v1,b2xk ${sign(BODY)}` };
    expect(await read(secret, signed)).toMatchObject({ id: 'one', purpose: 'change' });
  });

  const late = String(NOW / 1000 - 301);
  test.each([
    ['a body that was changed', { 'webhook-signature': sign(BODY) }, `${BODY} `],
    ['no signature', {}, BODY],
    ['the token itself in place of a signature', { 'X-Gitlab-Token': secret }, BODY],
    ['a time of long ago', { 'webhook-timestamp': late, 'webhook-signature': sign(BODY, late) }, BODY],
    ['no time', { 'webhook-timestamp': '', 'webhook-signature': sign(BODY, '') }, BODY],
  ])('with %s is refused', async (_what, more, body) => {
    expect(await read(secret, { ...headers, ...more }, body)).toBeUndefined();
  });
});
