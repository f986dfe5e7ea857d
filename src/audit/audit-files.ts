import { closeSync, existsSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MONTH_FILE = /^\d{4}-\d{2}\.jsonl$/;
const CHUNK = 64 * 1024;

/** Returns the name of the file that has the records of a time's month. */
export function monthFile(time: string): string {
  return `${time.slice(0, 7)}.jsonl`;
}

/** Returns the paths of the files of a log, the oldest first. */
export function auditFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => MONTH_FILE.test(name));
  return names.toSorted().map((name) => join(folder, name));
}

/** Returns the lines of a file from its end to its beginning; an unfinished last line is left out. */
export function* linesBackward(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    // Everything from the last line break that was passed to the position read so far.
    let rest = Buffer.alloc(0);
    let isWhole = false;
    for (let position = fstatSync(file).size; position > 0;) {
      const length = Math.min(CHUNK, position);
      position -= length;
      const chunk = Buffer.alloc(length);
      readSync(file, chunk, 0, length, position);
      rest = Buffer.concat([chunk, rest]);
      for (let end = rest.lastIndexOf('\n'); end >= 0; end = rest.lastIndexOf('\n')) {
        if (isWhole) yield rest.subarray(end + 1).toString('utf8');
        isWhole = true;
        rest = rest.subarray(0, end);
      }
    }
    if (isWhole) yield rest.toString('utf8');
  } finally {
    closeSync(file);
  }
}

/** Returns the bytes of a file up to its last line break. */
export function wholeBytes(path: string): number {
  const file = openSync(path, 'r');
  try {
    for (let position = fstatSync(file).size; position > 0;) {
      const length = Math.min(CHUNK, position);
      position -= length;
      const chunk = Buffer.alloc(length);
      readSync(file, chunk, 0, length, position);
      const end = chunk.lastIndexOf('\n');
      if (end >= 0) return position + end + 1;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}
