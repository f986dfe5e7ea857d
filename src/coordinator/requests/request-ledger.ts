import type { Actor, PullRequest } from '../../forge/index.ts';

export interface RequestRecord extends PullRequest {
  readonly stack: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** The last approval; it counts for the head with this SHA alone. */
  readonly approval?: Approval;
  /** The commit that its merge made in the base branch. */
  readonly mergeSha?: string;
}

/** A person let one head of a request run. */
interface Approval {
  readonly sha: string;
  /** Account at the forge, or the name by which the server knows the person. */
  readonly by: string;
  /** Account at the forge, where it is known. */
  readonly account?: Actor;
  readonly at: string;
}

/** Requests as the forge last reported them. Every call is one transaction. */
export interface RequestLedger {
  /** Returns the number of a branch that counts as a request, none of those in `taken`; always the same. */
  requestNumber(stack: string, branch: string, taken?: ReadonlySet<string>): string;
  saveRequest(request: RequestRecord): void;
  request(stack: string, number: string): RequestRecord | undefined;
  requests(stack: string): readonly RequestRecord[];
}
