/** One of several parts of an environment's roots, which are locked apart. */
export interface LockShare {
  /** From 1. */
  readonly part: number;
  readonly parts: number;
}

/** Returns the roots of a share: every `parts`th, since neighbors in a matrix take about as long as each other. */
export function rootsOfShare<Root>(roots: readonly Root[], { part, parts }: LockShare): readonly Root[] {
  return roots.filter((_, index) => index % parts === part - 1);
}
