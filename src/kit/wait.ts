import { setTimeout as delay } from 'node:timers/promises';

/** Waits; ends early, without a failure, when the signal is aborted. Injected, so that tests need no time. */
export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const systemWait: Wait = async (milliseconds, signal) => {
  await delay(milliseconds, undefined, { signal, ref: true }).catch(() => undefined);
};
