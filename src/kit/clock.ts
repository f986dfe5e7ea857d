/** Where the time comes from; tests pass one of their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** UTC ISO 8601 with milliseconds, the form of every time that slipway writes. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
