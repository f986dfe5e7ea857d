/** What a server does otherwise than a case demands. */
export interface ServedDifference {
  readonly differences: readonly string[];
  /** Why, in one sentence. */
  readonly reason: string;
}

/** All of them by case. The test of served cases fails if one is missing here, or is listed but does not occur. */
export const servedDifferences: Readonly<Record<string, ServedDifference>> = {};
