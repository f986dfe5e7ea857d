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
  ['1h30', 3630],
  ['1:30', 90],
  ['00:30:00', 1800],
  ['1:0:0:0', 86_400],
  ['day', 86_400],
  ['3 weeks, and 2 days', 1_987_200],
  ['6 mos 1 day', 15_638_400],
  ['47 yrs 6 mos and 4d', 1_499_104_800],
  ['2h20min', 8400],
  ['one week', 604_800],
  ['two days and three hours', 183_600],
  ['an hour', undefined],
  ['soon', undefined],
  ['1h soon', undefined],
  ['0 minutes', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['5 parsecs', undefined],
  ['', undefined],
  ['-5 min', undefined],
])('%j is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
