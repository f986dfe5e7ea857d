import { systemClock, type Clock } from '../../kit/index.ts';
import type { ObjectInfo } from '../stores/object-store.ts';

const DAY_MS = 86_400_000;

/**
 * What lets pushes and pruning go on at once, without a word between them. A push counts on a blob that is there
 * already only while that is young, and else sends it again; pruning takes no blob that is younger than that and a day
 * more. So whatever is taken away was counted on a day before at the least, and what counted on it has its manifest by
 * then.
 */
const YOUNG_MS = 7 * DAY_MS;
const LONGEST_PUSH_MS = DAY_MS;

/** Whether a push need not send a blob of so many bytes, since it is there and will be. */
export function isCountedOn(
  found: ObjectInfo | undefined,
  size: number,
  clock: Clock = systemClock,
): found is ObjectInfo {
  if (found?.size !== size) return false;
  // What has no time of its own is never taken away.
  return found.modified === undefined || found.modified > clock.now() - YOUNG_MS;
}

/** When a blob must have been written to be taken away at a time, both in milliseconds since 1970. */
export function removableBefore(now: number): number {
  return now - YOUNG_MS - LONGEST_PUSH_MS;
}
