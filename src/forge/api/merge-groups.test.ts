import { describe, expect, test } from 'vitest';
import type { ForgeEvent } from '../forge-event.ts';
import type { Refs } from '../refs.ts';
import { queueEvents, queueRefs, type QueueEntry } from './merge-groups.ts';
import type { OpenRequest } from './requests-api.ts';

const sha = (letter: string) => letter.repeat(40);
const main = sha('0');
const entry = (number: string, own: string, parent: string): QueueEntry => ({
  number,
  sha: sha(own),
  baseBranch: 'main',
  parent: sha(parent),
});
const request = (number: string, fork: boolean): OpenRequest => ({
  number,
  title: '',
  headSha: sha('f'),
  source: sha('f'),
  baseBranch: 'main',
  fork,
  author: 'ada',
});

interface State {
  readonly entries: readonly QueueEntry[];
  readonly forks?: readonly string[];
  readonly known?: Refs;
  /** What the base branch contains. */
  readonly base?: readonly string[];
  /** Entries with other files than those of their requests. */
  readonly odd?: readonly string[];
}

function eventsOf({
  entries,
  forks = [],
  known = new Map(),
  base = ['0'],
  odd = [],
}: State): Promise<readonly ForgeEvent[]> {
  return queueEvents(known, {
    entries,
    open: ['1', '2', '3'].map((number) => request(number, forks.includes(number))),
    fetched: new Map([['refs/heads/main', main]]),
    isAncestor: async (ancestor) => base.map(sha).includes(ancestor),
    isMerge: async (one, head) => head === sha('f') && !odd.map(sha).includes(one.sha),
  });
}

async function groups(state: State) {
  return (await eventsOf(state)).flatMap((event) => (event.type === 'merge-queued' ? [event.group] : []));
}

describe('the groups of a merge queue', () => {
  const entries = [entry('1', 'a', '0'), entry('2', 'b', 'a'), entry('3', 'c', 'b')];

  test('have their own request and all before it, back to the base branch', async () => {
    expect(await groups({ entries })).toMatchObject([
      { number: '1', requests: ['1'], baseSha: main, fork: false },
      { number: '2', requests: ['1', '2'], baseSha: main, fork: false },
      { number: '3', requests: ['1', '2', '3'], baseSha: main, fork: false },
    ]);
  });

  test('are a fork’s from the first request of a fork on', async () => {
    expect((await groups({ entries, forks: ['2'] })).map(({ fork }) => fork)).toEqual([false, true, true]);
  });

  test('are a fork’s where a request in them is not open, or what they were made on is not known', async () => {
    expect(await groups({ entries: [entry('9', 'a', '0')] })).toMatchObject([{ fork: true }]);
    expect(await groups({ entries: [entry('1', 'b', 'a')] })).toMatchObject([{ fork: true, baseSha: main }]);
    expect(await groups({ entries: [entry('1', 'a', 'b'), entry('2', 'b', 'a')] })).toMatchObject([
      { fork: true },
      { fork: true },
    ]);
  });

  test('are a fork’s from the first entry on that has other files than its request', async () => {
    expect((await groups({ entries, odd: ['b'] })).map(({ fork }) => fork)).toEqual([false, true, true]);
  });

  test('are a fork’s where their branch is not that of the request', async () => {
    expect(await groups({ entries: [{ ...entry('1', 'a', '0'), baseBranch: 'topic' }] })).toMatchObject([
      { fork: true },
    ]);
  });

  test('no longer count what the base branch has got meanwhile', async () => {
    expect(await groups({ entries: entries.slice(1), base: ['0', 'a'] })).toMatchObject([
      { requests: ['2'], baseSha: sha('a') },
      { requests: ['2', '3'], baseSha: sha('a') },
    ]);
  });

  test('are reported once, and when they leave the queue, merged or not', async () => {
    const known = queueRefs(entries);
    expect(await eventsOf({ entries, known })).toEqual([]);
    expect(await eventsOf({ entries: [entry('3', 'd', 'a')], known, base: ['0', 'a'] })).toMatchObject([
      { type: 'merge-dequeued', number: '1', sha: sha('a'), merged: true },
      { type: 'merge-dequeued', number: '2', sha: sha('b'), merged: false },
      { type: 'merge-dequeued', number: '3', sha: sha('c'), merged: false },
      { type: 'merge-queued', group: { number: '3', sha: sha('d') } },
    ]);
  });
});
