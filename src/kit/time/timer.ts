import { LONGEST_WAIT } from './wait.ts';

/**
 * Calls back once after so many milliseconds, unless the returned function is called first. Injected, so that tests
 * need no time.
 */
export type Timer = (milliseconds: number, callback: () => void) => () => void;

export const systemTimer: Timer = (milliseconds, callback) => {
  const timeout = setTimeout(callback, Math.min(Math.max(milliseconds, 0), LONGEST_WAIT));
  return () => clearTimeout(timeout);
};
