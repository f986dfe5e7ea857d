import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { eachLine, longestLine } from './each-line.ts';

async function linesOf(chunks: Iterable<Buffer>): Promise<readonly string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks);
  eachLine(stream, (line) => lines.push(line));
  await finished(stream);
  return lines;
}

test('every line is passed on, however it ends and wherever it is cut', async () => {
  const text = 'one\r\ntwo\n\n10 %\r20 %\rdöne\r\nrest';
  const lines = ['one', 'two', '', '10 %', '20 %', 'döne', 'rest'];
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const count = Math.ceil(bytes.length / size);
    const chunks = Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    expect(await linesOf(chunks)).toEqual(lines);
  }
  expect(await linesOf([Buffer.from('last\r')])).toEqual(['last']);
});

test('a line without an end is passed on in pieces, before all of it is there', async () => {
  const chunk = Buffer.alloc(65_536, 'a');
  const lines = await linesOf(Array.from({ length: 100 }, () => chunk));
  expect(lines.join('')).toHaveLength(100 * chunk.length);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(longestLine);
});
