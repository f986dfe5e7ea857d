import { expect, test } from 'vitest';
import { QueueBell } from './queue-bell.ts';
import { UnconfirmedJobs } from './unconfirmed-jobs.ts';

test('who waits is woken by the next ring, and who has missed one does not wait', async () => {
  const bell = new QueueBell();
  const { signal } = new AbortController();
  const mark = bell.mark();
  const waits = bell.changed(mark, signal);
  bell.ring();
  await waits;
  await bell.changed(mark, signal);
  expect(bell.mark()).not.toBe(mark);
});

test('who gives up is let go', async () => {
  const bell = new QueueBell();
  const gone = new AbortController();
  const waits = bell.changed(bell.mark(), gone.signal);
  gone.abort();
  await waits;
  await bell.changed(bell.mark(), gone.signal);
  expect(bell.mark()).toBe('0');
});

test('a job is overdue once, and not at all if it was heard of', () => {
  const jobs = new UnconfirmedJobs();
  for (const job of ['1', '2']) jobs.given(job, 0);
  jobs.confirm('2');
  expect(jobs.takeOverdue(299_999)).toEqual([]);
  expect(jobs.takeOverdue(300_000)).toEqual(['1']);
  expect(jobs.takeOverdue(300_000)).toEqual([]);
});
