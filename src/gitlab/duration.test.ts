import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['60 minutes', 3600],
  ['3h 30m', 12_600],
  ['1h30m', 5400],
  ['2 hrs and 20 min', 8400],
  ['45', 45],
  ['1.5 days', 129_600],
  ['3 mos', 7_776_000],
  ['2 weeks', 1_209_600],
  ['10s', 10],
  ['soon', undefined],
  ['5 parsecs', undefined],
  ['', undefined],
  ['-5 min', undefined],
])('%j is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
