import { expect, test, vi } from 'vitest';
import { systemWait } from './wait.ts';

test('a wait of months, which no timer of Node takes, is not over at once', async () => {
  const warned = vi.spyOn(process, 'emitWarning');
  const ending = new AbortController();
  const waiting = systemWait(90 * 24 * 3_600_000, ending.signal);
  ending.abort();
  await waiting;
  expect(warned).not.toHaveBeenCalled();
});
