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

function read(secret: string, headers: Readonly<Record<string, string>>, body = BODY) {
  return gitlabWebhook(new Secret(secret), clock).read({ headers: new Headers(headers), body });
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
    const other = await read('between us', { ...headers, 'X-Gitlab-Event': 'Note Hook' }, '{"object_kind":"note"}');
    expect(other).toMatchObject({ purpose: 'other', push: undefined });
  });
});

describe('a webhook of GitLab with a signing token', () => {
  const key = Buffer.alloc(32, 7);
  const secret = `whsec_${key.toString('base64')}`;
  const time = String(NOW / 1000);
  const sign = (body: string, at = time) =>
    `v1,${createHmac('sha256', key).update(`one.${at}.${body}`).digest('base64')}`;
  const headers = { 'webhook-id': 'one', 'webhook-timestamp': time, 'X-Gitlab-Event': 'Push Hook' };

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
