import { expect, test } from 'vitest';
import { keptFor } from './kept-for.ts';

test('a result is computed again once it is too old, also after the clock was set back', () => {
  let now = 10_000;
  let count = 0;
  const read = keptFor(1000, { now: () => now }, () => (count += 1));
  const at = (time: number) => {
    now = time;
    return read();
  };
  expect([at(10_000), at(11_000), at(11_001), at(9_000)]).toEqual([1, 1, 2, 3]);
});
