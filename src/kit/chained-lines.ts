import { sha256 } from './digest.ts';
import { parseJson } from './parse-json.ts';

/** Where a chain of lines ends. */
export interface ChainEnd {
  /** Number of the last line; 0 before the first one. */
  readonly sequence: number;
  /** SHA-256 of the last line: kept elsewhere, it proves later that nothing was cut off the end. */
  readonly head: string;
}

export const chainStart: ChainEnd = { sequence: 0, head: '0'.repeat(64) };

/** A line that is not the one that was written. */
export interface ChainFault {
  /** Counted from 1 in the text that was checked. */
  readonly line: number;
  readonly reason: string;
}

interface ChainCheck {
  /** Lines of the text up to the first fault. */
  readonly lines: number;
  readonly end: ChainEnd;
  /** Whether the chain had the SHA-256 `known` as its head at some point. */
  readonly hasHead: boolean;
  readonly fault?: ChainFault;
}

/** Returns a record as a line of JSON with its number, its time and the SHA-256 of the line before. */
export function chainLine(record: object, time: string, before: ChainEnd): { line: string; end: ChainEnd } {
  const sequence = before.sequence + 1;
  const line = JSON.stringify({ sequence, time, ...record, previous: before.head });
  return { line, end: { sequence, head: sha256(line) } };
}

/**
 * Checks lines that begin after `start`, up to the first fault. A text whose beginning was removed starts where its
 * first line says, with `start: undefined`.
 */
export function checkChain(text: string, start: ChainEnd | undefined, known?: string): ChainCheck {
  const lines = text.split('\n').slice(0, -1);
  let end = start ?? beginningOf(lines[0]);
  let hasHead = known === end.head;
  const check = (count: number, fault?: ChainFault): ChainCheck => ({ lines: count, end, hasHead, fault });
  if (!text.endsWith('\n') && text !== '')
    return check(lines.length, { line: lines.length + 1, reason: 'it has no end' });
  for (const [index, line] of lines.entries()) {
    const reason = faultOf(line, end);
    if (reason !== undefined) return check(index, { line: index + 1, reason });
    end = { sequence: end.sequence + 1, head: sha256(line) };
    hasHead ||= end.head === known;
  }
  return check(lines.length);
}

/** Returns the end of the chain before a line, as the line states it. */
export function beginningOf(line: string | undefined): ChainEnd {
  const link = linkOf(line ?? '');
  return link === undefined ? chainStart : { sequence: link.sequence - 1, head: link.previous };
}

function faultOf(line: string, before: ChainEnd): string | undefined {
  const link = linkOf(line);
  if (link === undefined) return 'it is no record';
  if (link.sequence !== before.sequence + 1) return `its number is ${link.sequence}`;
  return link.previous === before.head ? undefined : 'it does not follow from the line before';
}

function linkOf(line: string): { sequence: number; previous: string } | undefined {
  const { sequence, time, previous } = (parseJson(line) ?? {}) as Record<string, unknown>;
  const isLink =
    Number.isSafeInteger(sequence) &&
    (sequence as number) > 0 &&
    typeof time === 'string' &&
    /^[0-9a-f]{64}$/.test(String(previous));
  return isLink ? { sequence: sequence as number, previous: String(previous) } : undefined;
}
