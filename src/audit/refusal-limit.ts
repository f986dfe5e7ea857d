const WINDOW_MS = 10 * 60_000;
const MOST_IN_WINDOW = 100;
const MOST_KEYS = 10_000;

interface Window {
  readonly since: number;
  readonly count: number;
}

/** What a repeated refusal becomes: a record, a record that announces that the following ones are counted, or nothing. */
type Verdict = 'record' | 'last' | 'count';

/**
 * Keeps a client that is refused over and over from filling the disk: of the same refusals 100 in ten minutes are
 * recorded one by one, and the others are counted.
 */
export class RefusalLimit {
  readonly #windows = new Map<string, Window>();

  /** `key` identifies who was refused what. */
  take(key: string, now: number): Verdict {
    const known = this.#windows.get(key);
    // A client with many addresses must not fill the memory either: beyond the limit all share one window.
    const name = known === undefined && this.#windows.size >= MOST_KEYS ? '' : key;
    const { since, count } = this.#windows.get(name) ?? { since: now, count: 0 };
    this.#windows.set(name, { since, count: count + 1 });
    if (count + 1 < MOST_IN_WINDOW) return 'record';
    return count + 1 === MOST_IN_WINDOW ? 'last' : 'count';
  }

  /** Ends windows that are over, or all; returns how many refusals were only counted, by key. */
  close(now: number): ReadonlyMap<string, number> {
    const counted = new Map<string, number>();
    for (const [key, { since, count }] of this.#windows) {
      if (now - since < WINDOW_MS) continue;
      this.#windows.delete(key);
      if (count > MOST_IN_WINDOW) counted.set(key, count - MOST_IN_WINDOW);
    }
    return counted;
  }
}
