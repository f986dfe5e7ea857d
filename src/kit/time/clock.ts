/** Where the time comes from; tests pass one of their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment; cannot be set, and may stop while the machine sleeps. */
  steady?(): number;
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() };

/** Returns a time to compare within this process, which changes of the clock do not affect. */
export function steadyNow(clock: Clock): number {
  return clock.steady?.() ?? clock.now();
}

/** UTC ISO 8601 with milliseconds, the form of every time that slipway writes. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
