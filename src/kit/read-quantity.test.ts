import { expect, test } from 'vitest';
import { readQuantity } from './read-quantity.ts';

test.each([
  ['4Gi', 4 * 2 ** 30],
  ['500M', 5e8],
  ['2500m', 2.5],
  ['1.5G', 1.5e9],
  ['16', 16],
])('%s is a quantity', (text, amount) => {
  expect(readQuantity(text)).toBe(amount);
});

test.each(['', 'much', '-1', '4GiB', '1e9', '$MEMORY', '9'.repeat(20)])('`%s` is none', (text) => {
  expect(readQuantity(text)).toBeUndefined();
});
