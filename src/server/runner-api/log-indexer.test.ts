import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureIn } from '../../report/index.ts';
import { LogIndexer } from './log-indexer.ts';

function indexOf(text: string | Buffer, pieces = 1) {
  const bytes = Buffer.from(text);
  const indexer = new LogIndexer();
  const step = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += step) indexer.push(bytes.subarray(at, at + step));
  return indexer.index();
}

describe('the index of a log', () => {
  test('counts lines, the last without its end too', () => {
    expect(indexOf('')).toEqual({ size: 0, lines: 0, checkpoints: [[1, 0]], sections: [] });
    expect(indexOf('a\nb\n').lines).toBe(2);
    expect(indexOf('a\nb').lines).toBe(2);
  });

  test('points to every 200th line', () => {
    const text = 'x\n'.repeat(1000);
    expect(indexOf(text).checkpoints).toEqual([1, 201, 401, 601, 801].map((line) => [line, (line - 1) * 2]));
  });

  test('points behind a line of a million characters, and to nothing in it', () => {
    const text = `a\n${'y'.repeat(1_000_000)}\nb\n`;
    expect(indexOf(text, 20)).toMatchObject({
      lines: 3,
      checkpoints: [
        [1, 0],
        [3, 1_000_003],
      ],
    });
  });

  test('is the same however the log came in pieces', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constant('section_start:1:a\r\u001B[0KHead'),
      fc.constant('section_end:4:a\r'),
      fc.constant('x.c:1: error: bad'),
      fc.constant('z'.repeat(5000)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (lines, pieces) => {
        const text = lines.join('\n');
        expect(indexOf(text, pieces)).toEqual(indexOf(text));
      }),
    );
  });

  test('finds sections with their lines and seconds, also where one line ends one and begins another', () => {
    const text = [
      'section_start:10:get_sources\r\u001B[0KGetting',
      'x',
      'section_end:12:get_sources\r\u001B[0Ksection_start:12:step[collapsed=true]\r\u001B[0KStep',
      'y',
      '',
    ].join('\n');
    expect(indexOf(text).sections).toEqual([
      { name: 'get_sources', first: 1, last: 2, collapsed: false, seconds: 2 },
      { name: 'step', first: 3, collapsed: true },
    ]);
  });

  test('names the line of the error that the failure of the job is shown with', () => {
    const end = '\u001B[31;1mERROR: Job failed: exit code 1\u001B[0;m\n';
    const log = `cat: probe: No such file or directory\n\u001B[1mx.c:1:2: \u001B[31merror: \u001B[0mno\n${end}`;
    expect(indexOf(log).firstError).toBe(2);
    expect(failureIn(log)?.context.line).toBe(2);
    expect(indexOf(log).lastError).toBe(2);
    const more = 'a.c:1:2: error: no\nok\na.c:9:2: error: nor this\nmake: *** [all] Error 2\nsh: 1: x: not found\n';
    expect(indexOf(more)).toMatchObject({ firstError: 1, lastError: 3 });
    expect(indexOf(`all is well\n${end}`).firstError).toBeUndefined();
    expect(indexOf('0 errors, 3 warnings\n').firstError).toBeUndefined();
  });

  test('names the line where the runner cut the log', () => {
    const notice = "\u001B[31;1mJob's log exceeded limit of 100 bytes.\u001B[0;m";
    expect(indexOf(`much\n${notice}\nJob execution will continue\n`).cut).toBe(2);
    expect(indexOf("echo Job's log exceeded limit of 100 bytes.\n").cut).toBeUndefined();
  });
});
