/**
 * Returns a function that repeats its work until that succeeds once, and then keeps the result. Callers wait together.
 */
export function onceSuccessful<T>(work: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= work().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
