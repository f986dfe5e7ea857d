import { expect, test } from 'vitest';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { ReadyLane, type ReadyJob } from './ready-lane.ts';

let ids = 0;
const recordOf = (id: string) => ({ id }) as PipelineRecord;
const readyJob = (pipeline: string, name: string, path: number): ReadyJob => {
  const run = { id: `${(ids += 1)}`, pipeline, name, attempt: 1, status: 'pending', queuedAt: String(ids) } as const;
  return { run, build: undefined, path };
};

function laneOf(...jobs: readonly ReadyJob[]): ReadyLane {
  const lane = new ReadyLane({ kind: 'script', tags: [] });
  for (const job of jobs) lane.add(recordOf(job.run.pipeline), job);
  return lane;
}

/** Takes the first job until there is none; gives their names. */
function takeAll(lane: ReadyLane, mayRun: (record: PipelineRecord) => boolean = () => true): readonly string[] {
  const first = lane.first(mayRun, () => true);
  if (first === undefined) return [];
  lane.delete(first);
  return [first.run.name, ...takeAll(lane, mayRun)];
}

test('jobs of all pipelines go by their remaining paths, and then by their age', () => {
  const lane = laneOf(readyJob('1', 'a', 5), readyJob('2', 'b', 7), readyJob('1', 'c', 7), readyJob('2', 'd', 9));
  expect(takeAll(lane)).toEqual(['d', 'b', 'c', 'a']);
  expect(lane.isEmpty).toBe(true);
});

test('a pipeline that may not run keeps its jobs', () => {
  const lane = laneOf(readyJob('1', 'a', 9), readyJob('2', 'b', 7), readyJob('1', 'c', 5));
  expect(takeAll(lane, ({ id }) => id !== '1')).toEqual(['b']);
  expect(takeAll(lane)).toEqual(['a', 'c']);
});

test('where the first job of a pipeline is not free, a longer path of another goes before its second', () => {
  const [held, next, other] = [readyJob('1', 'held', 9), readyJob('1', 'next', 5), readyJob('2', 'other', 7)];
  const lane = laneOf(held, next, other);
  const isFree = (job: ReadyJob) => job !== held;
  expect(lane.first(() => true, isFree)).toBe(other);
  lane.delete(other);
  expect(lane.first(() => true, isFree)).toBe(next);
  lane.add(recordOf('2'), readyJob('2', 'late', 6));
  expect(lane.first(() => true, isFree)?.run.name).toBe('late');
});
