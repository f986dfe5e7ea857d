import type { JobRun } from '../../pipeline/index.ts';
import { currentTime, type Timed } from '../context.ts';

/** Returns what an event says of an attempt at a job that something happens to now. */
export function attemptOf(context: Timed, { name, attempt }: JobRun) {
  return { job: name, attempt, at: currentTime(context) };
}
