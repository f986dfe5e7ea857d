import { expect, test } from 'vitest';
import { assignLanes } from './assign-lanes.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, seconds)).toISOString();
const run = (runner: string, from?: number, to?: number) => ({
  runner,
  startedAt: from === undefined ? undefined : at(from),
  finishedAt: to === undefined ? undefined : at(to),
});

test('attempts at once have lanes of their own, and one after another share one', () => {
  const runs = [
    run('b', 0, 10),
    run('a', 0, 5),
    run('a', 2, 8),
    run('a', 5, 9),
    run('a', 7),
    run('a', 9, 12),
    run('a'),
  ];
  expect(assignLanes(runs)).toEqual({
    lanes: [{ runner: 'a' }, { runner: 'a' }, { runner: 'a' }, { runner: 'b' }],
    of: [3, 0, 1, 0, 2, 0, undefined],
  });
});

test('nothing has run', () => {
  expect(assignLanes([run('a')])).toEqual({ lanes: [], of: [undefined] });
});
