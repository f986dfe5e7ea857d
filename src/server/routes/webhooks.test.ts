import { Webhooks } from '@octokit/webhooks';
import { beforeEach, describe, expect, test } from 'vitest';
import { clickPayload, rerunPayload } from '../../../test/support/github-checks.ts';
import { pushPayload } from '../../../test/support/github-payloads.ts';
import type { Webhook } from '../../forge/index.ts';
import { githubWebhook } from '../../../test/support/github.ts';
import { Secret } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { Database, createForgeLedger } from '../../store/index.ts';
import { webhookRoutes } from './webhooks.ts';

const SECRET = 'between us';
const shown = { title: '', summary: '', details_url: null, external_id: '', status: 'queued', conclusion: null };
const checkRun = { ...shown, id: 1, app: 1, sha: '', name: 'slipway', annotations: [], actions: [], history: [] };
const SHA = 'a'.repeat(40);
const BODY = '{"ref":"refs/heads/main"}';
const sign = (secret: string, body: string): Promise<string> => new Webhooks({ secret }).sign(body);
const AT = '2026-02-01T00:00:00.000Z';
const KEEP_AFTER = '2026-01-01T00:00:00.000Z';

describe('the route for GitHub’s webhooks', () => {
  let woken: string[];
  let ledger: ReturnType<typeof createForgeLedger>;
  beforeEach(() => {
    woken = [];
    ledger = createForgeLedger(new Database(':memory:'));
  });

  const onGithub = (webhook: Webhook) => ({ forge: { kind: 'github', webhook } });
  const ofApp = (app: string, repository: string, secret = SECRET) =>
    onGithub(githubWebhook(new Secret(secret), { app, repository }));
  const stacks = new Map([
    ['lab', onGithub(githubWebhook(new Secret(SECRET)))],
    ['base', ofApp('1', 'lab/stack')],
    ['extra', ofApp('1', 'Lab/Stack')],
    ['other', ofApp('1', 'lab/other')],
    ['foreign', ofApp('2', 'lab/stack', 'of another App')],
  ]);
  const routes = () =>
    webhookRoutes({
      stacks,
      save: async (stack, delivery) => ledger.saveDeliveries([{ ...delivery, stack, at: AT }], KEEP_AFTER)[0] === true,
      wake: (stack) => woken.push(stack) > 0,
      log: silentLogger,
    });

  interface Sent {
    /** Empty: the webhook of an App. */
    readonly stack?: string;
    readonly event?: string;
    readonly id?: string;
    readonly body?: string;
    readonly secret?: string;
    readonly headers?: Record<string, string>;
  }
  async function send({
    stack = 'lab',
    event = 'push',
    id = 'one',
    body = BODY,
    secret = SECRET,
    headers = {},
  }: Sent = {}) {
    const signature = { 'X-Hub-Signature-256': await sign(secret, body) };
    const all = { ...signature, 'X-GitHub-Event': event, 'X-GitHub-Delivery': id, ...headers };
    return (await routes().request(`/hooks/github${stack && `/${stack}`}`, { method: 'POST', body, headers: all }))
      .status;
  }

  test.each(['push', 'pull_request', 'create'])(
    '%s is stored, answered, and has the repository looked at',
    async (event) => {
      expect(await send({ event })).toBe(202);
      expect(woken).toEqual(['lab']);
      expect(ledger.newestDelivery('lab')).toBeDefined();
    },
  );

  test('the same delivery again is known, and not worked again', async () => {
    await send();
    expect(await send()).toBe(200);
    expect(woken).toEqual(['lab']);
  });

  test('a look that began after a delivery was stored has worked it; one that began before has not', async () => {
    await send({ id: 'one' });
    const delivery = ledger.newestDelivery('lab');
    await send({ id: 'two' });
    ledger.receive('lab', { refs: new Map(), events: [], at: AT, delivery });
    expect(ledger.newestDelivery('lab')).toBeDefined();
    ledger.receive('lab', { refs: new Map(), events: [], at: AT, delivery: ledger.newestDelivery('lab') });
    expect(ledger.newestDelivery('lab')).toBeUndefined();
  });

  test('a push names who GitHub let in, not the authors of its commits', async () => {
    const body = JSON.stringify(
      pushPayload('lab/stack', { ref: 'refs/tags/v1', before: '', after: SHA, sender: 'ada' }),
    );
    expect(JSON.parse(body)).toMatchObject({ pusher: { name: expect.not.stringContaining('ada') as string } });
    expect(await send({ body, secret: 'guessed' })).toBe(401);
    const pusher = () => ledger.pusher('lab', 'refs/tags/v1', SHA);
    expect(pusher()).toBeUndefined();
    expect(await send({ body })).toBe(202);
    const gone = pushPayload('lab/stack', { ref: 'refs/heads/x', before: SHA, after: '0'.repeat(40), sender: 'ada' });
    expect(await send({ id: 'two', body: JSON.stringify(gone) })).toBe(202);
    expect(pusher()).toBe('ada');
    expect(ledger.pusher('lab', 'refs/heads/x', '0'.repeat(40))).toBeUndefined();
  });

  test('a click on a check is stored with its delivery, once, and says who clicked what', async () => {
    const run = { ...checkRun, sha: SHA, name: 'slipway' };
    const body = JSON.stringify(clickPayload('lab/stack', { run, button: 'approve', sender: 'ada' }));
    expect(await send({ event: 'check_run', body, secret: 'guessed' })).toBe(401);
    expect(ledger.pendingEvents('lab')).toEqual([]);
    expect(await send({ event: 'check_run', body })).toBe(202);
    expect(await send({ event: 'check_run', body })).toBe(200);
    const click = { type: 'check-clicked', sha: SHA, context: 'slipway', command: 'approve', actor: 'ada' };
    expect(ledger.pendingEvents('lab').map(({ event }) => event)).toEqual([click]);
    expect(woken).toEqual(['lab']);
  });

  test('having checks run again is a retry, of one or of all of a commit', async () => {
    const run = { ...checkRun, sha: SHA, name: 'slipway/image' };
    const one = clickPayload('lab/stack', { run, sender: 'ada' });
    expect(await send({ event: 'check_run', body: JSON.stringify(one) })).toBe(202);
    const all = rerunPayload('lab/stack', { sha: SHA, sender: 'ada' });
    expect(await send({ id: 'two', event: 'check_suite', body: JSON.stringify(all) })).toBe(202);
    const retry = { type: 'check-clicked', sha: SHA, command: 'retry', actor: 'ada' };
    expect(ledger.pendingEvents('lab').map(({ event }) => event)).toEqual([
      { ...retry, context: 'slipway/image' },
      retry,
    ]);
  });

  test.each<[string, object]>([
    ['what GitHub reports about a check by itself', { action: 'completed' }],
    ['a button that we do not have', { requested_action: { identifier: 'fix' } }],
    ['a check of no commit', { check_run: { head_sha: 'main', name: 'slipway' } }],
  ])('%s is no click', async (_what, more) => {
    const run = { ...checkRun, sha: SHA };
    const payload = { ...clickPayload('lab/stack', { run, button: 'retry', sender: 'ada' }), ...more };
    expect(await send({ event: 'check_run', body: JSON.stringify(payload) })).toBe(202);
    expect(woken).toEqual([]);
    expect(ledger.pendingEvents('lab')).toEqual([]);
  });

  test('ping is answered, and events that change nothing for us are taken and dropped', async () => {
    expect(await send({ event: 'ping' })).toBe(200);
    expect(await send({ event: 'issues' })).toBe(202);
    expect(woken).toEqual([]);
    expect(ledger.newestDelivery('lab')).toBeUndefined();
  });

  test.each<[string, Sent, number]>([
    ['a stack that is not there', { stack: 'none' }, 401],
    ['a stack whose App has one webhook for all', { stack: 'base' }, 401],
    ['another secret for an App', { stack: '', secret: 'guessed' }, 401],
    ['another secret', { secret: 'guessed' }, 401],
    ['a signature that is no signature', { headers: { 'X-Hub-Signature-256': 'sha256=' } }, 401],
    ['the old kind of signature', { headers: { 'X-Hub-Signature-256': '', 'X-Hub-Signature': 'sha1=0' } }, 401],
    ['a delivery without an id', { headers: { 'X-GitHub-Delivery': '' } }, 400],
    ['a body that says it is too large', { headers: { 'Content-Length': '99999999' } }, 413],
  ])('%s is refused, and nothing happens', async (_what, sent, status) => {
    expect(await send(sent)).toBe(status);
    expect(woken).toEqual([]);
    expect(ledger.newestDelivery('lab')).toBeUndefined();
  });

  test('the webhook of an App wakes the stacks of the repository that it names, among those with that App', async () => {
    const body = JSON.stringify({ repository: { full_name: 'lab/stack' } });
    expect(await send({ stack: '', body })).toBe(202);
    expect(woken).toEqual(['base', 'extra']);
    expect(await send({ stack: '', body })).toBe(200);
    expect(await send({ stack: '', id: 'two', body, secret: 'of another App' })).toBe(202);
    expect(woken).toEqual(['base', 'extra', 'foreign']);
  });

  test('the webhook of an App is answered for a repository without a stack, and for no repository', async () => {
    const body = JSON.stringify({ repository: { full_name: 'lab/elsewhere' } });
    expect(await send({ stack: '', body })).toBe(202);
    expect(await send({ stack: '', event: 'installation', body: '{"action":"created"}' })).toBe(202);
    expect(await send({ stack: '', event: 'ping' })).toBe(200);
    expect(woken).toEqual([]);
  });

  test('a body that is larger than GitHub’s is refused while it is read', async () => {
    expect(await send({ body: ' '.repeat(26 * 1024 * 1024) })).toBe(413);
  });

  test('a body changed on its way is refused', async () => {
    const signature = await sign(SECRET, BODY);
    expect(await send({ body: `${BODY} `, headers: { 'X-Hub-Signature-256': signature } })).toBe(401);
  });

  test('deliveries are forgotten after their time', async () => {
    const old = { stack: 'lab', id: 'old', event: 'push', at: '2025-12-31T00:00:00.000Z' };
    const before = '2025-12-01T00:00:00.000Z';
    ledger.saveDeliveries([old], before);
    await send({ id: 'new' });
    expect(ledger.saveDeliveries([old], before)).toEqual([true]);
  });
});
