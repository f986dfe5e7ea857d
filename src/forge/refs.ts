/** Full names as git has them: `refs/heads/main`, `refs/tags/rev-1`, `refs/pull/7/head`. */
export type RefName = string;

/** The object that each ref names. */
export type Refs = ReadonlyMap<RefName, string>;

export function isSameRefs(one: Refs | undefined, other: Refs): boolean {
  return one?.size === other.size && [...other].every(([ref, sha]) => one.get(ref) === sha);
}
