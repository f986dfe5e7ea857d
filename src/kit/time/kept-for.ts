import type { Clock } from './clock.ts';

/** Returns a function that computes its result again once the last one is older than some milliseconds. */
export function keptFor<T>(milliseconds: number, clock: Clock, compute: () => T): () => T {
  let kept: { readonly at: number; readonly value: T } | undefined;
  return () => {
    const at = clock.now();
    if (kept === undefined || Math.abs(at - kept.at) > milliseconds) kept = { at, value: compute() };
    return kept.value;
  };
}
