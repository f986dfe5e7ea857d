import { expect, test } from 'vitest';
import { rowsInView } from './rows-in-view.ts';

const size = { count: 5000, rowHeight: 30 };

test('of a long list the rows in view and some around them have elements', () => {
  expect(rowsInView({ top: 0, height: 900 }, size)).toEqual({ first: 0, last: 40 });
  expect(rowsInView({ top: 30_000, height: 900 }, size)).toEqual({ first: 990, last: 1040 });
  expect(rowsInView({ top: 150_000 - 900, height: 900 }, size)).toEqual({ first: 4960, last: 5000 });
});

test('of a list below or above the view, those at its near end have', () => {
  expect(rowsInView({ top: -3000, height: 900 }, size)).toEqual({ first: 0, last: 40 });
  expect(rowsInView({ top: 200_000, height: 900 }, size)).toEqual({ first: 4960, last: 5000 });
});

test('all rows of a short list have elements', () => {
  expect(rowsInView({ top: -3000, height: 900 }, { count: 200, rowHeight: 30 })).toEqual({ first: 0, last: 200 });
});
