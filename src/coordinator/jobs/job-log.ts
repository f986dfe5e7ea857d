import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFiles } from '../context.ts';

/** Bytes that are read of a log. */
const MOST = 64 * 1024;

/**
 * Reads the beginning or the end of a job's log; empty where there is none. Synchronous, so that a status is recorded
 * at the same moment as what it reports.
 */
export function readLog({ folder }: DataFiles, run: string, part: 'head' | 'tail'): string {
  let file: number | undefined;
  try {
    file = openSync(join(folder.job(run), 'trace.log'), 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, MOST));
    readSync(file, bytes, 0, bytes.length, part === 'head' ? 0 : size - bytes.length);
    return bytes.toString('utf8');
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
