import { expect, test } from 'vitest';
import { ChangeSignal } from './change-signal.ts';
import { UnconfirmedJobs } from './unconfirmed-jobs.ts';

test('who waits is woken by the next ring, and who has missed one does not wait', async () => {
  const changes = new ChangeSignal();
  const { signal } = new AbortController();
  const mark = changes.mark();
  const waits = changes.changed(mark, signal);
  changes.notify();
  await waits;
  await changes.changed(mark, signal);
  expect(changes.mark()).not.toBe(mark);
});

test('who gives up is let go', async () => {
  const changes = new ChangeSignal();
  const gone = new AbortController();
  const waits = changes.changed(changes.mark(), gone.signal);
  gone.abort();
  await waits;
  await changes.changed(changes.mark(), gone.signal);
  expect(changes.mark()).toBe('0');
});

test('a job is overdue once, and not at all if it was heard of', () => {
  const jobs = new UnconfirmedJobs();
  for (const job of ['1', '2']) jobs.add(job, 0);
  jobs.confirm('2');
  expect(jobs.takeOverdue(299_999)).toEqual([]);
  expect(jobs.takeOverdue(300_000)).toEqual(['1']);
  expect(jobs.takeOverdue(300_000)).toEqual([]);
});
