/** Values that are taken together. */
interface Batch<T> {
  readonly add: (value: T) => void;
  /** Has the values taken now that a former attempt left. */
  readonly flush: () => void;
  readonly stop: () => void;
}

/**
 * Takes values together, at most once in a time: the first after a pause at once, the others when the time is over.
 * `take` returns false to leave the values for later.
 */
export function batched<T>(milliseconds: number, take: (values: readonly T[]) => boolean): Batch<T> {
  let values: T[] = [];
  let taken = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (values.length === 0) return;
    const all = values;
    values = [];
    taken = performance.now();
    if (!take(all)) values = [...all, ...values];
  };
  return {
    add: (value) => {
      values.push(value);
      timer ??= setTimeout(flush, Math.max(0, taken + milliseconds - performance.now()));
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}
