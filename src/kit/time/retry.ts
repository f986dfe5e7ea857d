import { systemClock, type Clock } from './clock.ts';
import { systemWait, type Wait } from './wait.ts';

export interface RetryOptions {
  /** How often the task runs at most. */
  readonly attempts?: number;
  /** Longest wait before the second attempt, in milliseconds; doubles with each further one. */
  readonly baseMs?: number;
  /** Longest wait before any attempt, in milliseconds, whatever the server requests. */
  readonly longestMs?: number;
  /** Milliseconds since 1970 after which no further attempt begins. */
  readonly until?: number;
  /** Ends the wait and any further attempt. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly wait?: Wait;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Thrown by a task if another attempt may succeed. */
export class Retryable extends Error {
  /** The least time to wait, in milliseconds, as the server requests. */
  readonly waitMs: number;

  constructor(cause: unknown, waitMs = 0) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.waitMs = waitMs;
  }
}

/**
 * Repeats a task that throws `Retryable`, and throws the cause of the last one when there are no attempts left. Waits
 * are random up to their limit ("full jitter"), so that many clients do not return at the same moment.
 */
export async function retry<T>(task: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 6, baseMs = 100, longestMs = 20_000, until = Number.POSITIVE_INFINITY, signal } = options;
  const { clock = systemClock, wait = systemWait, random = Math.random } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task(attempt);
    } catch (error) {
      if (!(error instanceof Retryable)) throw error;
      const pause = Math.min(Math.max(error.waitMs, random() * baseMs * 2 ** (attempt - 1)), longestMs);
      if (attempt >= attempts || signal?.aborted === true || clock.now() + pause >= until) throw error.cause;
      await wait(pause, signal);
    }
  }
}

/**
 * Returns whether a request that got this status may succeed later. 501 and 507 mean that the server lacks something.
 */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507);
}

/**
 * Returns the wait that an answer requests, in milliseconds; 0 if it requests none, or names a date (RFC 9110, 10.2.3).
 */
export function retryAfter(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : 0;
}
