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

/** Thrown by a task to say that trying again may help; the cause is thrown on when it did not. */
export class Retryable extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** Repeats a task that throws Retryable, with full jitter so that many clients do not come back at once. */
export async function retrying<T>(task: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 6, baseMs = 100, sleep = wait, random = Math.random } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof Retryable)) throw error;
      if (attempt >= attempts) throw error.cause;
    }
    await sleep(random() * baseMs * 2 ** (attempt - 1));
  }
}
