/** Returns a function that computes its result once for each argument. */
export function memoized<K, V>(compute: (argument: K) => V): (argument: K) => V {
  const results = new Map<K, V>();
  return (argument) => {
    if (!results.has(argument)) results.set(argument, compute(argument));
    return results.get(argument) as V;
  };
}
