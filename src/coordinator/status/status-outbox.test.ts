import { beforeEach, describe, expect, test } from 'vitest';
import type { CommitStatus } from '../../forge/index.ts';
import { SlipwayError } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { Database, createForgeLedger } from '../../store/index.ts';
import { createStatusOutbox } from './status-outbox.ts';

const refusal = new SlipwayError('FORGE_STATUS_REFUSED', { message: 'no', status: 502, exitCode: 1 });

const detailOf = async () => ({ summary: '', annotations: [], actions: [] });

describe('the outbox of statuses', () => {
  let posted: string[];
  let post: (status: CommitStatus) => Promise<void>;
  let context: Parameters<typeof createStatusOutbox>[0];
  let now: number;
  beforeEach(() => {
    posted = [];
    now = 0;
    const lab = { configuration: { name: 'lab' }, forge: { post: (status: CommitStatus) => post(status) } };
    post = async (status) => void posted.push(`${status.sha} ${status.state} ${status.description}`);
    context = {
      ledger: createForgeLedger(new Database(':memory:')),
      log: silentLogger,
      clock: { now: () => now },
      stacks: new Map([['lab', lab]]),
    };
  });

  const recorded = (sha: string, state: CommitStatus['state'], description = '') => {
    return { stack: 'lab', sha, context: 'slipway', state, description, at: '2026-01-01T00:00:00.000Z' };
  };
  const record = (...status: Parameters<typeof recorded>) => void context.ledger.saveStatus(recorded(...status));
  async function deliver(outbox = createStatusOutbox(context, detailOf)): Promise<void> {
    outbox.deliver('lab');
    await outbox.settle();
  }

  test('reports what has been recorded, in order, and each thing once', async () => {
    record('a', 'pending');
    record('b', 'success');
    await deliver();
    await deliver();
    expect(posted).toEqual(['a pending ', 'b success ']);
  });

  test('of a commit only the newest is reported', async () => {
    record('a', 'pending', '1 of 2');
    record('a', 'success', 'All');
    await deliver();
    expect(posted).toEqual(['a success All']);
    expect(context.ledger.unpostedStatuses('lab')).toEqual([]);
  });

  test('what could not be posted is posted later, by another server too, and later ones wait their turn', async () => {
    const down = new Error('502');
    const works = post;
    post = async () => {
      throw down;
    };
    record('a', 'failure');
    record('b', 'success');
    await deliver();
    expect(posted).toEqual([]);
    post = works;
    await deliver();
    expect(posted).toEqual(['a failure ', 'b success ']);
  });

  test('a status that can never be posted holds up no other', async () => {
    const works = post;
    post = async (status) => {
      if (status.sha === 'a') throw new Error('500');
      return works(status);
    };
    const outbox = createStatusOutbox(context, detailOf);
    record('a', 'success');
    record('b', 'success');
    await deliver(outbox);
    expect(posted).toEqual([]);
    await deliver(outbox);
    expect(posted).toEqual(['b success ']);
    record('c', 'success');
    await deliver(outbox);
    expect(posted).toEqual(['b success ', 'c success ']);
    expect(context.ledger.unpostedStatuses('lab').map(({ sha }) => sha)).toEqual(['a']);
  });

  test('what the forge will never take is given up, and does not hold up the rest', async () => {
    const works = post;
    post = async (status) => {
      if (status.sha === 'gone') throw refusal;
      return works(status);
    };
    record('gone', 'success');
    record('b', 'success');
    await deliver();
    expect(posted).toEqual(['b success ']);
    expect(context.ledger.unpostedStatuses('lab')).toEqual([]);
  });

  test('what is recorded while something is reported is reported as well', async () => {
    const works = post;
    post = async (status) => {
      if (status.state === 'pending') record('a', 'success');
      return works(status);
    };
    record('a', 'pending');
    await deliver();
    expect(posted).toEqual(['a pending ', 'a success ']);
  });

  test('progress is reported at growing intervals, also after a restart, and an end at once', async () => {
    const reportProgress = async () => {
      record('a', 'pending', `at ${now}`);
      await deliver();
    };
    await reportProgress();
    for (const step of [9_999, 1, 10_000, 10_000, 30_000, 10_000]) {
      now += step;
      await reportProgress();
    }
    expect(posted).toEqual(['a pending at 0', 'a pending at 10000', 'a pending at 30000', 'a pending at 70000']);
    record('a', 'success', 'All');
    await deliver();
    expect(posted.at(-1)).toBe('a success All');
    record('a', 'pending', 'run again');
    await deliver();
    expect(posted.at(-1)).toBe('a pending run again');
  });

  test('a change of what is waited for is reported at once', async () => {
    context.ledger.saveStatus({ ...recorded('a', 'pending', 'Held'), outcome: 'held' });
    await deliver();
    record('a', 'pending', '0 of 2');
    await deliver();
    expect(posted).toEqual(['a pending Held', 'a pending 0 of 2']);
  });

  test('of stacks that share a repository the name says which one is meant', async () => {
    const contexts: string[] = [];
    post = async (status) => void contexts.push(status.context);
    record('a', 'success');
    await deliver();
    Object.assign(context.stacks.get('lab') as object, { sharesRepository: true });
    record('b', 'success');
    await deliver();
    expect(contexts).toEqual(['slipway', 'slipway (lab)']);
  });

  test('a pipeline of many hours leaves room for its result, of the thousand statuses that GitHub takes', async () => {
    for (let minute = 0; minute < 20 * 24 * 60; minute += 15) {
      now = minute * 60_000;
      record('a', 'pending', `at ${minute}`);
      await deliver();
    }
    expect(posted).toHaveLength(900);
    record('a', 'failure', 'zlib failed');
    await deliver();
    expect(posted.at(-1)).toBe('a failure zlib failed');
    record('a', 'pending', 'run again');
    await deliver();
    expect(posted.at(-1)).toBe('a pending run again');
  });

  test('what the forge did not take is shown with the reason, until it has taken it', async () => {
    const problem = () => context.ledger.statuses('lab').find(({ sha }) => sha === 'a')?.problem;
    const works = post;
    post = async () => {
      throw new Error('403');
    };
    record('a', 'success');
    await deliver();
    expect(problem()).toBe('403');
    post = async () => {
      throw refusal;
    };
    await deliver();
    expect(problem()).toBe('no');
    expect(context.ledger.statuses('lab')).toMatchObject([{ sha: 'a', state: 'success' }]);
    post = works;
    record('a', 'failure');
    await deliver();
    expect(problem()).toBeUndefined();
  });
});
