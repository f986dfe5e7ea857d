import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BytePatterns, withoutLineBreaks } from './byte-patterns.ts';

test('the first and longest match is found, as by comparing at each place', () => {
  const word = (min: number, max: number) =>
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: min, maxLength: max });
  fc.assert(
    fc.property(fc.array(word(4, 9), { maxLength: 5 }), word(0, 60), fc.nat(20), (patterns, text, from) => {
      const found = new BytePatterns(patterns.map((one) => [Buffer.from(one), one])).find(Buffer.from(text), from);
      const longestFirst = patterns.toSorted((a, b) => b.length - a.length);
      const starts = Array.from({ length: text.length }, (_, start) => start).filter((start) => start >= from);
      const expected = starts
        .map((start) => ({ start, value: longestFirst.find((one) => text.startsWith(one, start)) }))
        .find(({ value }) => value !== undefined);
      expect(found && { start: found.start, value: found.value }).toEqual(expected);
      if (found !== undefined) expect(text.slice(found.start, found.end)).toBe(found.value);
    }),
  );
});

test('a pattern that is longer than a window is compared whole', () => {
  const long = `${'x'.repeat(300)}y`;
  const patterns = new BytePatterns([[Buffer.from(long), 'long']]);
  expect(patterns.find(Buffer.from(`${'x'.repeat(400)}z`), 0)).toBeUndefined();
  expect(patterns.find(Buffer.from(`zz${long}`), 0)).toEqual({ start: 2, end: 303, value: 'long' });
});

test('patterns under four bytes are none', () => {
  const patterns = new BytePatterns([[Buffer.from('abc'), 1]]);
  expect(patterns.isEmpty).toBe(true);
  expect(patterns.find(Buffer.from('abc'), 0)).toBeUndefined();
});

test('line breaks are left out, and their places are known', () => {
  const places = new Uint32Array(6);
  expect(withoutLineBreaks(Buffer.from('a\r\nb\nc'), places).toString()).toBe('abc');
  expect([...places.subarray(0, 3)]).toEqual([0, 3, 5]);
});
