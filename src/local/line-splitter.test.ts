import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

function split(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.write(Buffer.from(chunk))), ...splitter.end()];
}

test('lines are whole, wherever the output was cut', () => {
  expect(split('a\nb', 'c\n', '\nd')).toEqual(['a', 'bc', '', 'd']);
  expect(split('a\r', '\nb\r\n', 'c\rd\n')).toEqual(['a', 'b', 'c\rd']);
  const letter = Buffer.from('é');
  expect(split(letter.subarray(0, 1), letter.subarray(1), '\n')).toEqual(['é']);
  expect(split(Buffer.from([0xc3]))).toEqual(['\uFFFD']);
});

test('a line without an end is passed on in long pieces', () => {
  const chunk = 'x'.repeat(1024 * 1024);
  const lines = split(...Array.from({ length: 20 }, () => chunk), 'end\nnext');
  expect(lines.length).toBeLessThan(7);
  expect(lines.join('')).toBe(`${chunk.repeat(20)}endnext`);
  expect(lines.at(-1)).toBe('next');
});
