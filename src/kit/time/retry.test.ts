import { describe, expect, test } from 'vitest';
import { Retryable, isRetryableStatus, retry, retryAfter, type RetryOptions } from './retry.ts';

/** Runs a task that fails so often, and returns what came of it and the waits in between. */
async function run(failures: number, options: RetryOptions & { readonly waitMs?: number } = {}) {
  const waits: number[] = [];
  let now = 0;
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    now += milliseconds;
  };
  const task = async (attempt: number) => {
    if (attempt <= failures) throw new Retryable(new Error(`failure ${attempt}`), options.waitMs);
    return `attempt ${attempt}`;
  };
  const result = await retry(task, { clock: { now: () => now }, wait, random: () => 1, ...options }).catch(
    (error: unknown) => error,
  );
  return { result, waits };
}

describe('a task is repeated', () => {
  test('after waits that double up to a limit', async () => {
    const { result, waits } = await run(4, { baseMs: 100, longestMs: 500 });
    expect(result).toBe('attempt 5');
    expect(waits).toEqual([100, 200, 400, 500]);
  });

  test('with waits that are random from nothing to their limit', async () => {
    expect((await run(2, { random: () => 0.25 })).waits).toEqual([25, 50]);
  });

  test('no sooner than the server asks for, within the limit', async () => {
    expect((await run(1, { waitMs: 3000 })).waits).toEqual([3000]);
    expect((await run(1, { waitMs: 3_600_000 })).waits).toEqual([20_000]);
  });

  test('so often and no more; then the last failure is thrown', async () => {
    expect(await run(9, { attempts: 3 })).toEqual({ result: new Error('failure 3'), waits: [100, 200] });
  });

  test('no more when the wait would pass the end of all attempts', async () => {
    expect(await run(9, { until: 250 })).toEqual({ result: new Error('failure 2'), waits: [100] });
  });

  test('no more when it is aborted', async () => {
    expect((await run(9, { signal: AbortSignal.abort() })).waits).toEqual([]);
  });

  test('only after a failure that shows that', async () => {
    const failing = retry(async () => {
      throw new Error('lasting');
    });
    await expect(failing).rejects.toThrow('lasting');
  });
});

test('busy and broken servers may answer later; those that lack a feature or disk space may not', () => {
  const statuses = [200, 400, 404, 408, 429, 500, 501, 502, 503, 504, 507];
  expect(statuses.filter(isRetryableStatus)).toEqual([408, 429, 500, 502, 503, 504]);
});

test('Retry-After is read in seconds; a date is not', () => {
  const waits = ['3', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT'].map((value) =>
    retryAfter(new Headers({ 'retry-after': value })),
  );
  expect([...waits, retryAfter(new Headers())]).toEqual([3000, 0, 0, 0]);
});
