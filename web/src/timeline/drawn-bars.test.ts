import { expect, test } from 'vitest';
import type { Timeline, TimelineBar } from '../../../src/protocol/index.ts';
import { barAt, barBeside, drawnTimeline } from './drawn-bars.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, seconds)).toISOString();
const time = (seconds: number) => Date.parse(at(seconds));

function bar(
  job: string,
  lane: number | undefined,
  times: [queued: number, started?: number, finished?: number],
): TimelineBar {
  const [queuedAt, startedAt, finishedAt] = times.map((seconds) => (seconds === undefined ? undefined : at(seconds)));
  const known = { pipeline: '1', name: job, attempt: 1, status: 'success', allowFailure: false } as const;
  return { ...known, job, lane, queuedAt, startedAt, finishedAt };
}

const timeline: Timeline = {
  pipeline: '1',
  from: at(0),
  to: at(100),
  isEnded: false,
  lanes: [{ runner: 'a' }, { runner: 'a' }],
  bars: [bar('1', 0, [0, 5, 20]), bar('2', 1, [5, 10, 50]), bar('3', 0, [6, 30]), bar('4', undefined, [50])],
  critical: { seconds: 1, jobs: ['1', '3', ''].map((job) => ({ job, pipeline: '1', name: job, seconds: 1 })) },
  bound: { seconds: 1, by: 'work', work: 1, slots: 2 },
  sums: { waiting: 1, transfer: 1, running: 1 },
  facts: [],
};
const drawn = drawnTimeline(timeline);
const [first, third] = drawn.lanes[0] ?? [];
const second = drawn.lanes[1]?.[0];

test('bars are in lanes, run until now without an end, and wait no longer than their lane was free', () => {
  expect(drawn.lanes.map((lane) => lane.map(({ bar: { job } }) => job))).toEqual([['1', '3'], ['2']]);
  expect(third).toMatchObject({ from: time(30), to: time(100), waitedFrom: time(20) });
  expect(first).toMatchObject({ waitedFrom: time(0) });
  expect(drawn.critical).toEqual([first, third]);
});

test('how many jobs wait is counted at each change', () => {
  expect(drawn.waiting.map(({ at: moment, count }) => [(moment - time(0)) / 1000, count])).toEqual([
    [0, 1],
    [5, 1],
    [6, 2],
    [10, 1],
    [30, 0],
    [50, 1],
    [100, 0],
  ]);
});

test('a bar is found by its time, or near it', () => {
  const lane = drawn.lanes[0] ?? [];
  expect(barAt(lane, time(12), 0)).toBe(first);
  expect(barAt(lane, time(25), 2000)).toBeUndefined();
  expect(barAt(lane, time(22), 2000)).toBe(first);
  expect(barAt(lane, time(29), 2000)).toBe(third);
  expect(barAt([], time(29), 2000)).toBeUndefined();
});

test('arrow keys lead along a lane and to the lanes beside it', () => {
  const walk = (from: typeof first, key: string) => barBeside(drawn, from as NonNullable<typeof first>, key);
  expect(walk(first, 'ArrowRight')).toBe(third);
  expect(walk(third, 'ArrowRight')).toBe(third);
  expect(walk(third, 'ArrowLeft')).toBe(first);
  expect(walk(third, 'ArrowDown')).toBe(second);
  expect(walk(second, 'ArrowUp')).toBe(third);
  expect(walk(second, 'ArrowDown')).toBe(second);
});
