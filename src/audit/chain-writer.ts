import { closeSync, fsyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beginningOf, chainLine, chainStart, sha256, type ChainEnd } from '../kit/index.ts';
import { auditFiles, linesBackward, monthFile, wholeBytes } from './audit-files.ts';
import { locked } from './write-lock.ts';

export interface TimedRecord {
  readonly time: string;
  readonly record: object;
}

interface Appended {
  readonly path: string;
  /** Bytes of the file: another number means that another process has written to it. */
  readonly size: number;
  readonly end: ChainEnd;
}

/**
 * Appends lines to the chain in a folder. Several processes may do so: each looks at the end of the chain again if
 * another one has written since. A write that fails leaves the file as it was.
 */
export class ChainWriter {
  readonly #folder: string;
  #last: Appended | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  append(record: TimedRecord, isSynced: boolean): void {
    locked(this.#folder, () => this.#append(record, isSynced));
  }

  /** Has the disk keep what was written before. */
  sync(): void {
    if (this.#last === undefined) return;
    const file = openSync(this.#last.path, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  #append({ time, record }: TimedRecord, isSynced: boolean): void {
    const path = join(this.#folder, this.#fileFor(time));
    const file = openSync(path, 'a', 0o600);
    try {
      const { size } = fstatSync(file);
      const isKnown = this.#last?.path === path && this.#last.size === size;
      const before = isKnown ? (this.#last as Appended) : this.#endOf(path, file);
      const { line, end } = chainLine(record, time, before.end);
      const bytes = Buffer.from(`${line}\n`);
      try {
        for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
        if (isSynced) fsyncSync(file);
      } catch (error) {
        ftruncateSync(file, before.size);
        throw error;
      }
      this.#last = { path, size: before.size + bytes.length, end };
    } finally {
      closeSync(file);
    }
  }

  /** A clock that was set back must not write into a file of the past. */
  #fileFor(time: string): string {
    const newest = basename(auditFiles(this.#folder).at(-1) ?? '');
    const own = monthFile(time);
    return own > newest ? own : newest;
  }

  /** Reads the end of the chain; what a crash cut off is removed. */
  #endOf(path: string, file: number): Appended {
    const { size } = fstatSync(file);
    const whole = wholeBytes(path);
    if (whole < size) ftruncateSync(file, whole);
    for (const one of auditFiles(this.#folder).toReversed())
      for (const line of linesBackward(one)) return { path, size: whole, end: endAfter(line) };
    return { path, size: whole, end: chainStart };
  }
}

function endAfter(line: string): ChainEnd {
  return { sequence: beginningOf(line).sequence + 1, head: sha256(line) };
}
