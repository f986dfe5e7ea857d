/** Waits; ends early, without a failure, when the signal is aborted. Injected, so that tests need no time. */
export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** The longest that Node's timers take; more would be over at once. */
export const LONGEST_WAIT = 2 ** 31 - 1;

/** Not `timers/promises`, which creates two errors with stack traces for each wait that ends early. */
export const systemWait: Wait = (milliseconds, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      clearTimeout(timeout);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timeout = setTimeout(end, Math.min(Math.max(milliseconds, 0), LONGEST_WAIT));
    signal?.addEventListener('abort', end, { once: true });
  });
