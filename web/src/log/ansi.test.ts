import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnsi } from './ansi.ts';

const textOf = (line: string): string =>
  readAnsi(line)
    .spans.map(({ text }) => text)
    .join('');

describe('a line with escapes', () => {
  test('is cut into spans of one look each', () => {
    expect(readAnsi('a\u001B[31;1mb\u001B[0mc').spans).toEqual([
      { text: 'a', classes: '' },
      { text: 'b', classes: 'fg1 bold' },
      { text: 'c', classes: '' },
    ]);
  });

  test('hands its look on to the next line', () => {
    const { look } = readAnsi('\u001B[36mcyan');
    expect(readAnsi('still', look).spans).toEqual([{ text: 'still', classes: 'fg6' }]);
  });

  test('knows the large palettes', () => {
    expect(readAnsi('\u001B[38;5;208mo').spans[0]?.color).toEqual([255, 135, 0]);
    expect(readAnsi('\u001B[48;2;1;2;999mo').spans[0]?.background).toEqual([1, 2, 255]);
    expect(readAnsi('\u001B[38;5;9mo').spans[0]?.classes).toBe('fg9');
  });

  test('loses what moves cursors, sets titles, links or rings', () => {
    expect(
      textOf('\u001B[2Ka\u001B[10;5Hb\u001B]0;title\u0007c\u001B]8;;https://x.example\u001B\\d\u0007\u001B('),
    ).toBe('abcd(');
  });

  test('keeps every character that is no control, and lets no control through', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const line = String.fromCharCode(...bytes);
        // oxlint-disable-next-line no-control-regex
        expect(textOf(line)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
      }),
    );
    expect(textOf('<b onclick="x">&amp;</b>')).toBe('<b onclick="x">&amp;</b>');
  });
});
