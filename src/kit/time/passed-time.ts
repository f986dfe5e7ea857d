import { steadyNow, type Clock } from './clock.ts';

/** Milliseconds that a clock may gain between two looks without that being a jump. */
const TOLERANCE = 5000;

interface Jump {
  /** What the clock showed just before. */
  readonly before: number;
  /** Milliseconds. */
  readonly by: number;
}

/**
 * How much time has passed since moments that were stored, without that by which the clock was set forward, or the
 * machine slept, while this was there. Call `observe` every half minute or so. A clock that is set back lets less time
 * pass, which does no harm.
 */
export class PassedTime {
  readonly #clock: Clock;
  readonly #jumps: Jump[] = [];
  #ahead: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ahead = clock.now() - steadyNow(clock);
  }

  /** Looks at the clock; returns the milliseconds by which it has jumped forward since the last look. */
  observe(): number {
    const now = this.#clock.now();
    const ahead = now - steadyNow(this.#clock);
    const by = ahead - this.#ahead;
    this.#ahead = ahead;
    if (by <= TOLERANCE) return 0;
    this.#jumps.push({ before: now - by, by });
    return by;
  }

  /** Milliseconds since a moment of the clock. */
  since(moment: number): number {
    this.observe();
    const skipped = this.#jumps.reduce((sum, { before, by }) => (moment <= before ? sum + by : sum), 0);
    return this.#clock.now() - moment - skipped;
  }
}
