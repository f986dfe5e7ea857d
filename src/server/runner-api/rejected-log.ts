import { open } from 'node:fs/promises';
import type { SlipwayError } from '../../kit/index.ts';
import { logSize } from './log-size.ts';

/** More than the line by which runners end the log of a job that succeeded. */
const TAIL = 512;
const RED = '\u001B[31;1m';
const PLAIN = '\u001B[0;m';
const SUCCEEDED = /[^\n]*Job succeeded[^\n]*\n?$/;

/**
 * Ends a job's log with the reason why its result is refused, in place of the runner's last line about success. It is
 * called before the outcome is stored: if the server ends in between, the runner sends the log again.
 */
export async function rejectInLog(path: string, { message, hint }: SlipwayError): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const size = await logSize(path);
    const start = Math.max(0, size - TAIL);
    const { buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const last = SUCCEEDED.exec(buffer.toString('latin1'))?.[0].length ?? 0;
    await file.truncate(size - last);
    await file.write(`${RED}ERROR: Job failed: ${message}${PLAIN}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
  } finally {
    await file.close();
  }
}
