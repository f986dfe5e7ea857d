import { expect, test } from 'vitest';
import { extendRange, lineFragment, readLineRange } from './line-range.ts';

test.each([
  ['#L7', { first: 7, last: 7 }],
  ['#L10-L20', { first: 10, last: 20 }],
  ['#L20-10', { first: 10, last: 20 }],
])('%s marks lines', (fragment, range) => {
  expect(readLineRange(fragment)).toEqual(range);
});

test.each(['', '#L0', '#L', '#first-error', '#L1x', '#L9999999999999'])('%s marks none', (fragment) => {
  expect(readLineRange(fragment)).toBeUndefined();
});

test('a range grows to both sides, and is written as it is read', () => {
  expect(extendRange(undefined, 5)).toEqual({ first: 5, last: 5 });
  expect(lineFragment(extendRange({ first: 5, last: 5 }, 9))).toBe('#L5-L9');
  expect(lineFragment(extendRange({ first: 5, last: 9 }, 2))).toBe('#L2-L9');
});
