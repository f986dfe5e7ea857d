import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowHeights } from './row-heights.ts';
import { MOST_PIXELS, countRows, hiddenBy, lineOfRow, rowOfLine, scrollFor, visibleRows } from './rows.ts';

const section = (first: number, last: number) => ({ name: 'a', first, last, collapsed: true });

test('folded sections hide all but their headlines, nested ones nothing more', () => {
  const hidden = hiddenBy([section(2, 10), section(4, 6), section(12, 12), section(20, 25)], () => true);
  expect(hidden).toEqual([
    { first: 3, last: 10 },
    { first: 21, last: 25 },
  ]);
  expect(countRows(30, hidden)).toBe(17);
  expect([0, 1, 2, 3].map((row) => lineOfRow(row, hidden))).toEqual([1, 2, 11, 12]);
  expect(rowOfLine(5, hidden)).toBe(1);
});

test('every row has a line, and the line that row', () => {
  const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 10 })), { maxLength: 8 });
  fc.assert(
    fc.property(ranges, (pairs) => {
      const hidden = hiddenBy(
        pairs.map(([first, length]) => section(first, first + length)),
        () => true,
      );
      const rows = countRows(100, hidden);
      for (let row = 0; row < rows; row += 1) expect(rowOfLine(lineOfRow(row, hidden), hidden)).toBe(row);
    }),
  );
});

test('a log that is higher than browsers draw is reached to its last row', () => {
  const rows = 3_000_000;
  const heights = new RowHeights(rows, 20);
  const at = visibleRows({ top: MOST_PIXELS - 600, height: 600 }, heights);
  expect(at.height).toBe(MOST_PIXELS);
  expect(at.last).toBe(rows);
  const middle = visibleRows({ top: scrollFor(1_500_000, 600, heights), height: 600 }, heights);
  expect(middle.first).toBeLessThan(1_500_000);
  expect(middle.last).toBeGreaterThan(1_500_000);
});
