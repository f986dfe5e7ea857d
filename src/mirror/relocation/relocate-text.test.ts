import { expect, test } from 'vitest';
import { prefixMap } from './prefix-map.ts';
import { relocateLink, relocateText } from './relocate-text.ts';

const map = prefixMap([
  ['/old/tree/tide-1', '/up/tide'],
  ['/old/tree', '/new'],
  ['/same', '/same'],
]);

test.each([
  ['prefix=/old/tree/gauge\n', 'prefix=/new/gauge\n'],
  ['-L/old/tree/tide-1/lib -I/old/tree/include', '-L/up/tide/lib -I/new/include'],
  ['a:/old/tree:/old/tree/b', 'a:/new:/new/b'],
  ['/old/treetop', '/newtop'],
  ['"/old/tree/é"', '"/new/é"'],
])('%j becomes %j', (text, wanted) => {
  expect(relocateText(Buffer.from(text), map)?.toString()).toBe(wanted);
});

test.each(['/x/old/tree', '/same/old/tree', 'old/tree', '/older'])('%j is none of the old paths', (text) => {
  expect(relocateText(Buffer.from(text), map)).toBeUndefined();
});

test('bytes that are no text stay as they are', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x20, ...Buffer.from('/old/tree'), 0x80]);
  expect(relocateText(bytes, map)).toEqual(Buffer.from([0xff, 0xfe, 0x20, ...Buffer.from('/new'), 0x80]));
});

test('a link goes to the new place only if it begins with the old one', () => {
  expect(relocateLink('/old/tree/tide-1/bin/x', map)).toBe('/up/tide/bin/x');
  expect(relocateLink('../old/tree', map)).toBeUndefined();
});
