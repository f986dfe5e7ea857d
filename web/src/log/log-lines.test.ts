import { expect, test } from 'vitest';
import { readLines } from './log-lines.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (line: { spans: readonly { text: string }[] } | undefined): string | undefined =>
  line?.spans.map(({ text }) => text).join('');

test('lines know their position in the log', () => {
  const bytes = encode('ab\ncü\n');
  expect(readLines(bytes, { start: 100, end: 107 }).map(({ start, length, isCut }) => [start, length, isCut])).toEqual([
    [100, 2, false],
    [103, 3, false],
  ]);
});

test('broken UTF-8 is shown as such and stays in its line', () => {
  const lines = readLines(Uint8Array.of(0xc3, 0x28, 10, 0xff, 0xfe, 10, 65), { start: 0, end: 7 });
  expect(lines.map(textOf)).toEqual(['\uFFFD(', '\uFFFD\uFFFD', 'A']);
});

test('a long line is cut, and one that goes on behind the bytes says how long it is', () => {
  const [whole] = readLines(encode('x'.repeat(3000)), { start: 0, end: 3000 });
  expect([textOf(whole)?.length, whole?.isCut, whole?.length]).toEqual([2000, true, 3000]);
  const [part] = readLines(encode('y'.repeat(100)), { start: 0, end: 1_000_000 });
  expect([part?.isCut, part?.length]).toEqual([true, 1_000_000]);
});

test('marks of sections, timestamps and overwritten progress are not part of the text', () => {
  const lines = readLines(
    encode(
      'section_start:1:a\r\u001B[0K\u001B[36;1mHead\u001B[0;m\n2026-01-02T03:04:05.678Z 00O text\n 10%\r 90%\r100%\n',
    ),
    { start: 0, end: 999 },
  );
  expect(lines.map(textOf)).toEqual(['Head', 'text', '100%']);
  expect(lines[1]?.time).toBe('2026-01-02T03:04:05.678Z');
});
