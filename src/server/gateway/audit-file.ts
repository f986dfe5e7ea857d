import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, systemClock, timestamp, type Clock, type Logger } from '../../kit/index.ts';

/** A request of a job that its credentials do not cover. */
export interface Refusal {
  readonly job: string;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly reason: string;
}

const MOST_OF_A_JOB = 1000;

/**
 * Appends refusals to a file, one line of JSON each. Of one job at most a thousand are written, so that it cannot fill
 * the disk.
 */
export function auditFile(
  path: string,
  options: { readonly log: Logger; readonly clock?: Clock },
): (refusal: Refusal) => void {
  const { log, clock = systemClock } = options;
  const counts = new Map<string, number>();
  let last: Promise<unknown> | undefined;
  return (refusal) => {
    const count = (counts.get(refusal.job) ?? 0) + 1;
    counts.set(refusal.job, count);
    if (count > MOST_OF_A_JOB) return;
    const more = count === MOST_OF_A_JOB ? { further: 'not written' } : {};
    const key = refusal.key.slice(0, 1024);
    const line = `${JSON.stringify({ time: timestamp(clock), ...refusal, key, ...more })}\n`;
    last = (last ?? mkdir(dirname(path), { recursive: true }))
      .then(() => appendFile(path, line, { mode: 0o640 }))
      .catch((error: unknown) => log.error({ path, error: messageOf(error) }, 'a refusal could not be recorded'));
  };
}
