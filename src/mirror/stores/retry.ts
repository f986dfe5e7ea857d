import { setTimeout as wait } from 'node:timers/promises';

export interface RetryOptions {
  /** Tries in all. */
  readonly attempts?: number;
  /** Longest wait before the second try, in milliseconds; doubles with each further one. */
  readonly baseMs?: number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random?: () => number;
}

const LONGEST_MS = 20_000;

/** Thrown by a task to say that trying again may help; the cause is thrown on when it did not. */
export class Retryable extends Error {
  /** The least time to wait, in milliseconds, as the server wants it. */
  readonly waitMs: number;

  constructor(cause: Error, waitMs = 0) {
    super(cause.message, { cause });
    this.waitMs = waitMs;
  }
}

/** Repeats a task that throws Retryable, with full jitter so that many clients do not come back at once. */
export async function retrying<T>(task: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 6, baseMs = 100, sleep = wait, random = Math.random } = options;
  for (let attempt = 1; ; attempt += 1) {
    let least: number;
    try {
      return await task(attempt);
    } catch (error) {
      if (!(error instanceof Retryable)) throw error;
      if (attempt >= attempts) throw error.cause;
      least = error.waitMs;
    }
    await sleep(Math.min(least + random() * baseMs * 2 ** (attempt - 1), LONGEST_MS));
  }
}
