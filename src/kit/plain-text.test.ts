import { expect, test } from 'vitest';
import { escapeControls, isPlainText } from './plain-text.ts';

test.each(['a b', 'é', 'e\u0301', '\u202Eabc', '😀', '__proto__', '../..', '`$(id)`', ''])('%j is plain', (text) => {
  expect(isPlainText(text)).toBe(true);
  expect(escapeControls(text)).toBe(text);
});

test.each([
  ['a\0b', String.raw`a\u0000b`],
  ['a\nb\tc', String.raw`a\u000ab\u0009c`],
  ['\u007F\u0085', String.raw`\u007f\u0085`],
  ['a\uD800b', String.raw`a\ud800b`],
  ['\uDC00\uD83D', String.raw`\udc00\ud83d`],
])('%j is not plain, and is shown as %s', (text, shown) => {
  expect(isPlainText(text)).toBe(false);
  expect(escapeControls(text)).toBe(shown);
});
