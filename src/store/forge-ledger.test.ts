import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import type { ForgeLedger } from '../coordinator/index.ts';
import type { ForgeEvent } from '../forge/index.ts';
import { Database } from './database.ts';
import { createForgeLedger } from './forge-ledger.ts';

let database: Database;
let ledger: ForgeLedger;
const at = '2026-01-01T00:00:00.000Z';
const status = { stack: 'lab', sha: 'a1', context: 'slipway', state: 'pending', description: '1 of 3', at } as const;

beforeEach(async () => {
  database = new Database(join(await temporaryFolder(), 'slipway.db'));
  ledger = createForgeLedger(database);
});
afterEach(() => database.close());

test('a stack keeps its number, whatever the order in which stacks are requested later', () => {
  expect([ledger.projectId('lab'), ledger.projectId('other')]).toEqual(['1', '2']);
  const again = createForgeLedger(database);
  expect([again.projectId('new'), again.projectId('other'), again.projectId('lab')]).toEqual(['3', '2', '1']);
});

describe('what was seen at a remote', () => {
  const pushed = (sha: string): ForgeEvent => ({ type: 'branch-pushed', branch: 'main', sha });
  const seen = (sha: string) => ({ refs: new Map([['refs/heads/main', sha]]), events: [pushed(sha)], at });

  test('is kept with the events that it means, in their order, for each stack', () => {
    ledger.receive('lab', seen('a1'));
    ledger.receive('lab', seen('b2'));
    ledger.receive('other', seen('c3'));
    expect([...ledger.knownRefs('lab')]).toEqual([['refs/heads/main', 'b2']]);
    expect(ledger.pendingEvents('lab').map(({ event }) => event)).toEqual([pushed('a1'), pushed('b2')]);
  });

  test('is kept whole or not at all', () => {
    ledger.receive('lab', seen('a1'));
    database.run("CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    expect(() => ledger.receive('lab', seen('b2'))).toThrow('disk full');
    expect([...ledger.knownRefs('lab').values()]).toEqual(['a1']);
    expect(ledger.pendingEvents('lab')).toHaveLength(1);
  });

  test('is not answered again', () => {
    ledger.receive('lab', { ...seen('a1'), events: [pushed('a1'), pushed('b2')] });
    ledger.eventDone(ledger.pendingEvents('lab')[0]?.id ?? '');
    expect(ledger.pendingEvents('lab').map(({ event }) => event)).toEqual([pushed('b2')]);
  });
});

describe('pull requests', () => {
  test('of branches keep their numbers, which no other gets', () => {
    expect([
      ledger.requestNumber('lab', 'fix'),
      ledger.requestNumber('lab', 'feature'),
      ledger.requestNumber('lab', 'fix'),
    ]).toEqual(['1', '2', '1']);
    expect(ledger.requestNumber('other', 'feature')).toBe('1');
    expect(createForgeLedger(database).requestNumber('lab', 'feature')).toBe('2');
  });

  test('of branches never get a number that the remote has given, or will give next', () => {
    expect(ledger.requestNumber('lab', 'fix')).toBe('1');
    expect(ledger.requestNumber('lab', 'fix', new Set(['2']))).toBe('1');
    expect(ledger.requestNumber('lab', 'fix', new Set(['1', '2']))).toBe('1000001');
    expect(ledger.requestNumber('lab', 'feature', new Set(['1', '2']))).toBe('1000002');
    expect(ledger.requestNumber('lab', 'fix')).toBe('1000001');
  });

  test('are listed by number, each as it was last saved', () => {
    const request = {
      stack: 'lab',
      title: '',
      headSha: 'a',
      baseBranch: 'main',
      baseSha: 'b',
      fork: false,
      author: '',
      state: 'open',
    } as const;
    for (const number of ['10', '9']) ledger.saveRequest({ ...request, number });
    ledger.saveRequest({ ...request, number: '10', state: 'merged' });
    expect(ledger.requests('lab').map(({ number, state }) => [number, state])).toEqual([
      ['9', 'open'],
      ['10', 'merged'],
    ]);
    expect(ledger.request('other', '9')).toBeUndefined();
  });
});

describe('commands', () => {
  const given = { stack: 'lab', request: '7', actor: 'ada', command: 'run', text: '/slipway run', sha: 'a1', at };
  const source = 'comment:1';

  test('are stored once for each source, and wait until they are answered', () => {
    expect(ledger.saveCommand({ ...given, source })).toBe(true);
    expect(ledger.saveCommand({ ...given, source, text: '/slipway approve' })).toBe(false);
    expect(ledger.saveCommand({ ...given, source, stack: 'other' })).toBe(true);
    expect(ledger.saveCommand({ ...given, source: 'comment:2', request: '8' })).toBe(true);
    const [first, second, ...others] = ledger.pendingCommands('lab');
    expect([first?.request, second?.request, others]).toEqual(['7', '8', []]);
    ledger.answerCommand(first!.id, { state: 'refused', answer: 'No.' });
    expect(ledger.pendingCommands('lab')).toHaveLength(1);
    expect(ledger.commands('lab', '7')).toEqual([{ ...given, source, id: first!.id, state: 'refused', answer: 'No.' }]);
  });

  test('are read from comments up to a time of each stack', () => {
    expect(ledger.commentsReadTo('lab')).toBeUndefined();
    for (const time of [at, '2026-01-02T00:00:00.000Z']) ledger.saveCommentsReadTo('lab', time);
    expect(ledger.commentsReadTo('lab')).toBe('2026-01-02T00:00:00.000Z');
    expect(ledger.commentsReadTo('other')).toBeUndefined();
  });
});

describe('statuses', () => {
  test('that the forge does not show are to be posted again, unless there is a newer one', () => {
    ledger.saveStatus(status);
    ledger.saveStatus({ ...status, context: 'slipway/image', state: 'success' });
    for (const one of ledger.unpostedStatuses('lab')) ledger.statusPosted(one, at);
    const [first, image] = ledger.newestStatuses('lab', status.sha);
    expect([first?.context, image?.context]).toEqual(['slipway', 'slipway/image']);
    ledger.statusMissing(first!);
    expect(ledger.unpostedStatuses('lab')).toEqual([first]);
    expect(ledger.statusPosts(status)).toEqual({ posts: 1, at });
    ledger.saveStatus({ ...status, state: 'failure' });
    expect(ledger.unpostedStatuses('lab').map(({ state }) => state)).toEqual(['failure']);
  });

  test('are compared at tips: of branches and open requests, not of tags', () => {
    const shas = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40));
    for (const sha of shas.slice(0, 3)) ledger.saveStatus({ ...status, sha });
    const names = ['refs/heads/main', 'refs/pull/7/head', 'refs/tags/rev-1', 'refs/heads/new'];
    const refs = new Map(names.map((name, index) => [name, shas[index] ?? '']));
    ledger.receive('lab', { refs, events: [], at });
    expect(ledger.tipsWithStatuses('lab')).toEqual(shas.slice(0, 2));
  });

  test('that say the same again are no news', () => {
    expect(ledger.saveStatus(status)).toBe(true);
    expect(ledger.saveStatus({ ...status, at: 'later' })).toBe(false);
    expect(ledger.saveStatus({ ...status, url: 'http://localhost/pipelines/1' })).toBe(true);
    expect(ledger.saveStatus({ ...status, url: 'http://127.0.0.1:8080/pipelines/1' })).toBe(false);
    expect(ledger.saveStatus({ ...status, url: 'http://localhost/pipelines/2' })).toBe(true);
  });

  test('that come back to what was said before are news', () => {
    ledger.saveStatus(status);
    ledger.saveStatus({ ...status, state: 'failure' });
    expect(ledger.saveStatus(status)).toBe(true);
    expect(ledger.statuses('lab').map(({ state }) => state)).toEqual(['pending']);
  });

  test('are apart for each commit, context and stack', () => {
    for (const change of [{}, { sha: 'b2' }, { context: 'slipway/image' }, { stack: 'other' }]) {
      expect(ledger.saveStatus({ ...status, ...change })).toBe(true);
    }
    expect(ledger.statuses('lab')).toHaveLength(3);
  });

  test('are to be reported once, the newest of each commit only', () => {
    for (const description of ['1 of 3', '2 of 3']) ledger.saveStatus({ ...status, description });
    const [waiting, ...others] = ledger.unpostedStatuses('lab');
    expect([waiting?.description, others]).toEqual(['2 of 3', []]);
    ledger.statusPosted(waiting!, '2026-01-01T00:00:00.000Z');
    expect(ledger.statusPosts(waiting!)).toMatchObject({ posts: 1, state: waiting?.state });
    expect(ledger.unpostedStatuses('lab')).toEqual([]);
  });
});

test('a delivery is stored with the push and the click that it reports, or not at all', () => {
  const push = { ref: 'refs/tags/v1', sha: 'a1', actor: 'ada' };
  const click = { sha: 'a1', context: 'slipway', command: 'retry', actor: 'ada' } as const;
  const delivery = { stack: 'lab', id: 'd1', event: 'push', push, click, at };
  database.run("CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  expect(() => ledger.saveDeliveries([delivery], at)).toThrow('disk full');
  expect([ledger.newestDelivery('lab'), ledger.pusher('lab', push.ref, push.sha)]).toEqual([undefined, undefined]);
  database.run('DROP TRIGGER full');
  expect(ledger.saveDeliveries([delivery], at)).toEqual([true]);
  expect(ledger.newestDelivery('lab')).toBeDefined();
  expect(ledger.pusher('lab', push.ref, push.sha)).toBe('ada');
  expect(ledger.pendingEvents('lab').map(({ event }) => event)).toEqual([{ type: 'check-clicked', ...click }]);
});

test('a publication waits until it is changed, and keeps what it was made with', () => {
  const target = {
    stack: 'lab',
    repository: 'lab/stack',
    tag: 'latest',
    refType: 'branch',
    ref: 'main',
    commit: 'a1',
    tree: 't1',
    createdAt: at,
  } as const;
  const { id } = ledger.addPublication(target);
  ledger.updatePublication(id, { state: 'published', digest: 'sha256:1' });
  ledger.updatePublication('99', { state: 'failed' });
  expect(ledger.publications('lab')).toEqual([{ ...target, id, state: 'published', digest: 'sha256:1' }]);
  expect(ledger.publications('other')).toEqual([]);
});
