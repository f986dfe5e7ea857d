/** What `work` makes of each item, in their order, with at most `limit` of them at work at once. */
export async function* inFlight<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncIterable<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const one = work(item);
      // Thrown where it is awaited, in its turn; until then it is no unhandled rejection.
      one.catch(() => undefined);
      running.push(one);
      if (running.length >= limit) yield (await running.shift()) as R;
    }
    while (running.length > 0) yield (await running.shift()) as R;
  } finally {
    await Promise.allSettled(running);
  }
}
