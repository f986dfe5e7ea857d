import { SHOWN_CHARACTERS, withoutMarks } from '../../../src/protocol/shown-line.ts';
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

const NEWLINE = 10;

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
    const shown = readLine(decoder.decode(bytes.subarray(from, Math.min(to, from + 4 * SHOWN_CHARACTERS))), look);
    look = shown.look;
    const isCut = shown.isCut || length > 4 * SHOWN_CHARACTERS || length > to - from;
    lines.push({ spans: shown.spans, time: shown.time, start: start + from, length, isCut });
    from = to + 1;
  }
  return lines;
}

function readLine(raw: string, look: Look): { spans: readonly Span[]; look: Look; time?: string; isCut: boolean } {
  const { text, time } = withoutMarks(raw);
  return { ...readAnsi(text.slice(0, SHOWN_CHARACTERS), look), time, isCut: text.length > SHOWN_CHARACTERS };
}
