/** Calls back once after so many milliseconds, unless the function that it returns is called first. Injected, so that tests need no time. */
export type Timer = (milliseconds: number, callback: () => void) => () => void;

/** The longest that Node's timers take; more would fire at once. */
const LONGEST = 2 ** 31 - 1;

export const systemTimer: Timer = (milliseconds, callback) => {
  const timeout = setTimeout(callback, Math.min(Math.max(milliseconds, 0), LONGEST));
  return () => clearTimeout(timeout);
};
