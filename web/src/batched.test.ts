import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { batched } from './batched.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first value after a pause is taken at once, and those that follow it together', () => {
  const taken: (readonly number[])[] = [];
  const batch = batched<number>(100, (values) => taken.push(values) > 0);
  batch.add(1);
  vi.advanceTimersByTime(1);
  for (const value of [2, 3, 4]) batch.add(value);
  vi.advanceTimersByTime(50);
  expect(taken).toEqual([[1]]);
  vi.advanceTimersByTime(50);
  expect(taken).toEqual([[1], [2, 3, 4]]);
});

test('values that cannot be taken yet stay, in their order, and none is taken after the end', () => {
  let taken: readonly number[] = [];
  let isReady = false;
  const batch = batched<number>(100, (values) => {
    if (isReady) taken = values;
    return isReady;
  });
  batch.add(1);
  vi.advanceTimersByTime(1);
  batch.add(2);
  isReady = true;
  batch.flush();
  expect(taken).toEqual([1, 2]);
  batch.add(3);
  batch.stop();
  vi.runAllTimers();
  expect(taken).toEqual([1, 2]);
});
