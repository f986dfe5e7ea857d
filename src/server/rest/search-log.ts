import { createReadStream } from 'node:fs';
import { steadyNow, type Clock } from '../../kit/index.ts';
import { shownLine, type LogHit, type LogIndex, type LogSearch } from '../../protocol/index.ts';
import type { LogMatcher } from './log-matcher.ts';

interface SearchOptions {
  readonly matches: LogMatcher;
  /** Only lines after this one. */
  readonly after: number;
  /** At most so many hits. */
  readonly limit: number;
  /** Measures the time that the search takes. */
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Bytes that are searched at once; the caller continues. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 32_000_000;
/** The search pauses after so long, so that a slow pattern does not keep other requests waiting. */
const MAX_MS = 250;
/** Characters of a line that are searched, which bounds the memory. */
const LONGEST_LINE = 1_000_000;

/** Searches the lines of a log from its file. The memory that it takes depends on neither the log nor its lines. */
export async function searchLog(file: string, index: LogIndex, options: SearchOptions): Promise<LogSearch> {
  const { after, limit, clock, maxBytes = MAX_BYTES, signal } = options;
  const end = steadyNow(clock) + MAX_MS;
  const [first, start] = index.checkpoints.findLast(([line]) => line <= after + 1) ?? [1, 0];
  const hits: LogHit[] = [];
  const found = { hits, lines: index.lines };
  if (after >= index.lines) return { ...found, searched: index.lines, complete: true };
  let line = first - 1;
  const search = (text: string) => {
    line += 1;
    if (line <= after) return;
    const ranges = options.matches(shownLine(text.slice(0, LONGEST_LINE)));
    if (ranges !== undefined) hits.push({ line, ranges: [...ranges] });
  };
  let rest = '';
  let read = 0;
  for await (const text of createReadStream(file, { start, end: index.size - 1, encoding: 'utf8', signal })) {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const one of lines) {
      search(one);
      if (hits.length >= limit || (line > after && steadyNow(clock) >= end))
        return { ...found, searched: line, complete: line >= index.lines };
    }
    read += (text as string).length;
    if (read >= maxBytes && line > after) return { ...found, searched: line, complete: false };
  }
  if (rest !== '') search(rest);
  return { ...found, searched: index.lines, complete: true };
}
