import { readAnsi, type Look, type Span } from './ansi.ts';

/** A line as the page shows it. */
export interface LogLine {
  readonly spans: readonly Span[];
  /** GitLab's timestamp at the line's beginning, where it has one. */
  readonly time?: string;
  /** Bytes of the line in the log. */
  readonly start: number;
  readonly length: number;
  /** Whether there is more than is shown. */
  readonly isCut: boolean;
}

/** Characters of a line in the list; the rest is shown on demand. */
const SHOWN = 2000;
const NEWLINE = 10;

// oxlint-disable-next-line no-control-regex
const SECTION_MARK = /section_(?:start|end):\d{1,15}:[\w.-]{1,200}(?:\[[^\]\r]*\])?\r(?:\u001B\[0K)?/g;
/** `2026-01-01T12:00:00.000000Z 00O ` (GitLab, "Job log timestamps"). */
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) \d\d[OE][ +]/;

/**
 * The lines in a piece of a log that begins at byte `start`; its last line may be longer than the bytes that are here.
 */
export function readLines(bytes: Uint8Array, { start, end }: { start: number; end: number }): readonly LogLine[] {
  const decoder = new TextDecoder();
  const lines: LogLine[] = [];
  let look: Look = {};
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline;
    const length = newline < 0 ? end - start - from : to - from;
    const shown = readLine(decoder.decode(bytes.subarray(from, Math.min(to, from + 4 * SHOWN))), look);
    look = shown.look;
    const isCut = shown.isCut || length > 4 * SHOWN || length > to - from;
    lines.push({ spans: shown.spans, time: shown.time, start: start + from, length, isCut });
    from = to + 1;
  }
  return lines;
}

/** Returns a line's text without the marks and the timestamp of GitLab's runner. */
export function plainLine(text: string): { text: string; time?: string } {
  const time = TIMESTAMP.exec(text);
  const rest = (time === null ? text : text.slice(time[0].length)).replace(SECTION_MARK, '').replace(/\r+$/, '');
  // In a terminal the parts overwrite each other, and the last one stays.
  const seen = rest.slice(rest.lastIndexOf('\r') + 1);
  return time?.[1] === undefined ? { text: seen } : { text: seen, time: time[1] };
}

function readLine(raw: string, look: Look): { spans: readonly Span[]; look: Look; time?: string; isCut: boolean } {
  const { text, time } = plainLine(raw);
  return { ...readAnsi(text.slice(0, SHOWN), look), time, isCut: text.length > SHOWN };
}
