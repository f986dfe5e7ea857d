import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { DataFiles } from '../context.ts';

/** Bytes that are read of the beginning of a log. */
const HEAD = 64 * 1024;
/** Bytes that are read of its end: all of most logs. */
const TAIL = 1024 * 1024;
const NEWLINE = 10;

/** The end of a log, from the beginning of a line. */
interface LogEnd {
  readonly text: string;
  /** Lines before it. */
  readonly skipped: number;
}

/** Reads the beginning of a job's log; empty where there is none. */
export function readLogHead(context: DataFiles, run: string): string {
  return withLog(context, run, (file, size) => readPart(file, 0, Math.min(size, HEAD)).toString('utf8')) ?? '';
}

/**
 * Reads the end of a job's log; empty where there is none. Synchronous, so that a status is recorded at the same moment
 * as what it reports.
 */
export function readLogEnd(context: DataFiles, run: string): LogEnd {
  const found = withLog(context, run, (file, size) => {
    const bytes = readPart(file, Math.max(0, size - TAIL), Math.min(size, TAIL));
    if (size <= TAIL) return { text: bytes.toString('utf8'), skipped: 0 };
    const start = bytes.indexOf(NEWLINE) + 1;
    return { text: bytes.subarray(start).toString('utf8'), skipped: countLines(file, size - TAIL + start) };
  });
  return found ?? { text: '', skipped: 0 };
}

/** Reads the beginning and the end of a job's log as one text, which lacks what is between; all of a short log. */
export function readLogEdges(context: DataFiles, run: string): string {
  const read = (file: number, size: number) =>
    size <= 2 * HEAD
      ? readPart(file, 0, size).toString('utf8')
      : `${readPart(file, 0, HEAD).toString('utf8')}\n${readPart(file, size - HEAD, HEAD).toString('utf8')}`;
  return withLog(context, run, read) ?? '';
}

/** Returns the size of a job's log in bytes. */
export function logBytes(context: DataFiles, run: string): number {
  return withLog(context, run, (_file, size) => size) ?? 0;
}

function countLines(file: number, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at += TAIL) {
    const bytes = readPart(file, at, Math.min(TAIL, end - at));
    for (let next = bytes.indexOf(NEWLINE); next >= 0; next = bytes.indexOf(NEWLINE, next + 1)) count += 1;
  }
  return count;
}

function readPart(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, start);
  return bytes;
}

function withLog<T>({ folder }: DataFiles, run: string, read: (file: number, size: number) => T): T | undefined {
  let file: number | undefined;
  try {
    file = openSync(folder.log(run), 'r');
    return read(file, fstatSync(file).size);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
