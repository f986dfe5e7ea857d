import { expect, test } from 'vitest';
import { readSpan, ticksOf, within, writeSpan, zoomedSpan } from './span.ts';

const whole = { from: 1_000_000, to: 1_600_000 };

test('what is under the pointer stays there while time is zoomed, inside of the whole', () => {
  expect(zoomedSpan(whole, 2, { whole, share: 0.25 })).toEqual({ from: 1_075_000, to: 1_375_000 });
  expect(zoomedSpan({ from: 1_500_000, to: 1_600_000 }, 0.5, { whole })).toEqual({ from: 1_400_000, to: 1_600_000 });
  expect(zoomedSpan(whole, 0.1, { whole })).toEqual(whole);
  expect(within({ from: 900_000, to: 950_000 }, whole)).toEqual({ from: 1_000_000, to: 1_050_000 });
});

test('the address holds a span in seconds, and nothing for the whole', () => {
  expect(writeSpan(whole, whole)).toBe('');
  const span = { from: 1_010_500, to: 1_200_000 };
  expect(writeSpan(span, whole)).toBe('10.5-200');
  expect(readSpan('10.5-200', whole)).toEqual(span);
  for (const text of ['', '5', '9-3', '1-1', 'a-b', '-1-5']) expect(readSpan(text, whole), text).toBeUndefined();
});

test('the axis has round times, not too close to each other', () => {
  expect(ticksOf(whole, whole, 900)).toEqual([0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600]);
  expect(ticksOf({ from: 1_100_000, to: 1_103_000 }, whole, 300)).toEqual([100, 101, 102, 103]);
});
