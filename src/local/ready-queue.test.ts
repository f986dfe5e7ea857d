import { expect, test } from 'vitest';
import { ReadyQueue } from './ready-queue.ts';

function drain(queue: ReadyQueue): readonly string[] {
  const keys: string[] = [];
  for (let job = queue.next(); job !== undefined; job = queue.next()) keys.push(job.key);
  return keys;
}

test('the longest path goes first, and of equals the one that came first', () => {
  const queue = new ReadyQueue();
  for (const [key, path] of [
    ['a', 1],
    ['b', 3],
    ['c', 1],
    ['d', 2],
    ['e', 3],
  ] as const)
    queue.add({ key, path, start: () => {} });
  queue.remove('d');
  queue.remove('never there');
  expect(queue.size).toBe(4);
  expect(drain(queue)).toEqual(['b', 'e', 'a', 'c']);
});
