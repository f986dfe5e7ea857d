import type { Clock } from '../../kit/index.ts';

/**
 * Of each stack, the most posts within a time with which there is still room for more. GitHub takes 80 requests that
 * create content a minute and 500 an hour ("Rate limits for the REST API"): progress leaves room for comments, and
 * these for results, which do not wait.
 */
const WINDOWS = [
  { milliseconds: 60_000, most: { progress: 30, comment: 40 } },
  { milliseconds: 3600_000, most: { progress: 200, comment: 400 } },
] as const;
const LONGEST_MS = 3600_000;
const LONGEST_PROGRESS_MS = 15 * 60_000;

/** Returns the milliseconds between two reports of progress, after so many posts: each is twice the one before. */
export function progressInterval(first: number, posts: number): number {
  return Math.min(LONGEST_PROGRESS_MS, first * 2 ** (posts - 1));
}

/** When something may be posted, by what was posted last. Results of commits do not wait, and count. */
export class PostPace {
  readonly #clock: Clock;
  /** Times of posts by stack, the oldest first. */
  readonly #posts = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  posted(stack: string): void {
    const now = this.#clock.now();
    const recent = (this.#posts.get(stack) ?? []).filter((at) => at > now - LONGEST_MS && at <= now);
    this.#posts.set(stack, [...recent, now]);
  }

  /** Milliseconds until there is room for progress, or for a comment about anything else. */
  wait(stack: string, kind: 'progress' | 'comment'): number {
    const now = this.#clock.now();
    const posts = this.#posts.get(stack) ?? [];
    const waits = WINDOWS.map(({ milliseconds, most }) => {
      const deciding = posts.at(-most[kind]);
      return deciding === undefined ? 0 : Math.min(milliseconds, deciding + milliseconds - now);
    });
    return Math.max(0, ...waits);
  }
}
