import { beginningOf, parseJson, sha256 } from '../kit/index.ts';
import { auditFiles, linesBackward } from './audit-files.ts';

const DAY_MS = 24 * 3600 * 1000;

interface ExpiredFile {
  readonly path: string;
  /** Number of its last record. */
  readonly sequence: number;
  /** SHA-256 of its last record: with it the next file can be verified when this one is gone. */
  readonly head: string;
}

/** Returns the files whose newest record is older than so many days, but never the newest file; with 0 none. */
export function expiredFiles(
  folder: string,
  { days, now }: { readonly days: number; readonly now: number },
): readonly ExpiredFile[] {
  if (days === 0) return [];
  const expired: ExpiredFile[] = [];
  for (const path of auditFiles(folder).slice(0, -1)) {
    const [last = ''] = linesBackward(path);
    const { time } = (parseJson(last) ?? {}) as { time?: string };
    if (time === undefined || Date.parse(time) >= now - days * DAY_MS) break;
    expired.push({ path, sequence: beginningOf(last).sequence + 1, head: sha256(last) });
  }
  return expired;
}
