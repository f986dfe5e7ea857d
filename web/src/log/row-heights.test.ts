import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowHeights } from './row-heights.ts';

test('every place belongs to the row that covers it', () => {
  const tall = fc.uniqueArray(fc.record({ row: fc.nat(49), extra: fc.integer({ min: 1, max: 90 }) }), {
    selector: ({ row }) => row,
  });
  fc.assert(
    fc.property(tall, (rows) => {
      const extras = new Map(rows.map(({ row, extra }) => [row, extra]));
      const heights = new RowHeights(
        50,
        20,
        rows.toSorted((a, b) => a.row - b.row),
      );
      let top = 0;
      for (let row = 0; row < 50; row += 1) {
        const height = 20 + (extras.get(row) ?? 0);
        expect(heights.topOf(row)).toBe(top);
        expect([heights.rowAt(top), heights.rowAt(top + height - 1)]).toEqual([row, row]);
        top += height;
      }
      expect(heights.height).toBe(top);
    }),
  );
});
