/** A commit that a merge queue made of requests: what their branch is to be if it passes. */
export interface MergeGroup {
  /** Number of the request that it adds to those before it in the queue. */
  readonly number: string;
  readonly sha: string;
  readonly baseBranch: string;
  /** Commit of the base branch that the queue begins with. */
  readonly baseSha: string;
  /** Numbers of all requests in it, its own last. */
  readonly requests: readonly string[];
  /** Whether one of them is from a fork, or it is not known which are in it. */
  readonly fork: boolean;
}
