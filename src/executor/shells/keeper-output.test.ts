import { describe, expect, test } from 'vitest';
import { KeeperOutput } from './keeper-output.ts';

const TOKEN = 'abc123';
const STREAM = `one\n\u001E${TOKEN}3 0\u001Etwo\u001E\u001Eabc\n\u001E${TOKEN}137 1 4711\u001E\u001E${TOKEN}0 0\u001E`;

function read(chunks: readonly Buffer[]): { output: string; reported: readonly string[] } {
  const reported: string[] = [];
  let output = '';
  const reader = new KeeperOutput(TOKEN, {
    output: (bytes) => (output += bytes.toString()),
    ended: (code, isAnyLeft, group) => reported.push(`ended ${code} ${isAnyLeft} ${group}`),
  });
  for (const chunk of chunks) reader.write(chunk);
  return { output, reported };
}

describe('messages of a keeper', () => {
  const whole = {
    output: 'one\ntwo\u001E\u001Eabc\n',
    reported: ['ended 3 false undefined', 'ended 137 true 4711', 'ended 0 false undefined'],
  };

  test('are taken out of the output, and other marks are left in it', () => {
    expect(read([Buffer.from(STREAM)])).toEqual(whole);
  });

  test('are found wherever the stream is cut', () => {
    for (let cut = 1; cut < STREAM.length; cut += 1)
      expect(read([Buffer.from(STREAM.slice(0, cut)), Buffer.from(STREAM.slice(cut))])).toEqual(whole);
    expect(read(STREAM.split('').map((byte) => Buffer.from(byte)))).toEqual(whole);
  });

  test('hold nothing back that cannot begin one', () => {
    expect(read([Buffer.from('progress 10 %')]).output).toBe('progress 10 %');
    expect(read([Buffer.from('clock \u001Ex')]).output).toBe('clock \u001Ex');
  });
});
