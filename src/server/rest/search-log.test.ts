import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogSearch } from '../../protocol/index.ts';
import type { Clock } from '../../kit/index.ts';
import { LogIndexes } from '../runner-api/log-indexes.ts';
import { logMatcher } from './log-matcher.ts';
import { searchLog } from './search-log.ts';

let folder: string;
const indexes = new LogIndexes();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-search-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const stillClock: Clock = { now: () => 0 };

interface Options {
  readonly regex?: true;
  readonly isCaseSensitive?: true;
  readonly after?: number;
  readonly limit?: number;
  readonly maxBytes?: number;
  readonly clock?: Clock;
}

async function search(log: string, text: string, options: Options = {}): Promise<LogSearch> {
  const { regex = false, isCaseSensitive = false, after = 0, limit = 1000, maxBytes, clock = stillClock } = options;
  const file = join(folder, `${Math.random()}.log`);
  await writeFile(file, log);
  const matches = logMatcher({ text, isRegex: regex, isCaseSensitive });
  return searchLog(file, await indexes.of(file), { matches, after, limit, clock, maxBytes });
}

const lines = async (...parameters: Parameters<typeof search>) =>
  (await search(...parameters)).hits.map(({ line }) => line);

describe('the search in a log', () => {
  test('finds lines as they are shown, with the places of the matches', async () => {
    const log = 'one\n\u001B[1mx.c:1: \u001B[31merror: \u001B[0mno error\n10%\r100%\nErr';
    expect(await search(log, 'error: no')).toEqual({
      hits: [{ line: 2, ranges: [[7, 16]] }],
      searched: 4,
      lines: 4,
      complete: true,
    });
    expect(await lines(log, 'err')).toEqual([2, 4]);
    expect(await lines(log, 'Err', { isCaseSensitive: true })).toEqual([4]);
    expect(await lines(log, '10%')).toEqual([]);
  });

  test('marks every match of a line, and none where lower case has another length', async () => {
    expect((await search('a.a.a\n', 'a')).hits[0]?.ranges).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect((await search('İ stop\n', 'STOP')).hits).toEqual([{ line: 1, ranges: [] }]);
  });

  test('takes patterns of RE2, and refuses others', async () => {
    expect((await search('make[1]: *** [all] Error 2\n', '\\*{3} .*Error \\d', { regex: true })).hits).toEqual([
      { line: 1, ranges: [[9, 26]] },
    ]);
    expect(await lines('a\n\nb\n', '^$', { regex: true })).toEqual([2]);
    const refused = expect.objectContaining({ code: 'SERVER_PATTERN_INVALID', status: 400 });
    for (const pattern of ['(', '(a)\\1', '', 'x'.repeat(501), '((a{1,100}){1,10}){1,10}'])
      await expect(search('a\n', pattern, { regex: true }), pattern).rejects.toEqual(refused);
  });

  test('goes on where it stopped, after as many hits or bytes as it may have', async () => {
    const log = 'yes\nno\n'.repeat(12_000);
    const first = await search(log, 'yes', { limit: 3 });
    expect(first).toMatchObject({ searched: 5, complete: false });
    expect(first.hits.map(({ line }) => line)).toEqual([1, 3, 5]);
    expect((await search(log, 'yes', { limit: 2, after: 5 })).hits.map(({ line }) => line)).toEqual([7, 9]);
    const part = await search(log, 'maybe', { maxBytes: 50_000 });
    expect(part).toMatchObject({ hits: [], complete: false });
    expect(part.searched).toBeGreaterThan(10_000);
    expect(await search(log, 'maybe', { after: part.searched })).toMatchObject({ searched: 24_000, complete: true });
    expect(await search(log, 'yes', { after: 500_000 })).toMatchObject({ hits: [], complete: true });
  });

  test('passes over the rest of a line that is longer than its memory', async () => {
    const log = `start ${'x'.repeat(3_000_000)} far\nnext far\n`;
    expect(await lines(log, 'start')).toEqual([1]);
    expect(await lines(log, 'far')).toEqual([2]);
  });

  test('pauses after some time, and not before it has searched a line', async () => {
    let time = 0;
    const slow = { now: () => (time += 100) };
    expect(await search('a\n'.repeat(9), 'a', { clock: slow })).toMatchObject({ searched: 3, complete: false });
    expect(await search('a\n'.repeat(9), 'a', { clock: slow, after: 8 })).toMatchObject({
      searched: 9,
      complete: true,
    });
  });

  test('searches the first part of a long line for a pattern of many steps', async () => {
    const pattern = '[ab]*a[ab]{480}[cd]';
    expect(await lines(`${'a'.repeat(1000)}c\n`, pattern, { regex: true })).toEqual([1]);
    expect(await lines(`${'abb'.repeat(300_000)}c\n`, pattern, { regex: true })).toEqual([]);
  });

  test('takes time in proportion to a line, whatever the pattern is', async () => {
    // A matcher that goes back on its steps takes longer than the universe is old.
    expect(await lines(`${'a'.repeat(100_000)}!\n`, '^(a+)+$', { regex: true })).toEqual([]);
  });
});
