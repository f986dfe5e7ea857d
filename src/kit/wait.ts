import { setTimeout } from 'node:timers/promises';

/** Waits; ends early, without a failure, when the signal is aborted. Injected, so that tests need no time. */
export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** The longest that Node's timers take; more would be over at once. */
export const LONGEST_WAIT = 2 ** 31 - 1;

export const systemWait: Wait = (milliseconds, signal) =>
  setTimeout(Math.min(Math.max(milliseconds, 0), LONGEST_WAIT), undefined, { signal }).catch(() => {});
