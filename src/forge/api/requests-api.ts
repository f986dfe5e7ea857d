import * as z from 'zod';
import type { PullRequest } from '../forge-event.ts';

export const Sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** An open request as the API lists it. */
export interface OpenRequest extends Omit<PullRequest, 'baseSha'> {
  /** What git fetches its head by: a SHA, or a ref of the remote. */
  readonly source: string;
}

interface EndedRequest {
  readonly state: 'open' | 'closed' | 'merged';
  /** The commit that the merge made. */
  readonly mergeSha?: string;
}

/** The requests of a repository by its forge's API. */
export interface RequestsApi {
  /** Returns all that are open, oldest first. */
  open(): Promise<readonly OpenRequest[]>;
  /** Returns the state of one that is no longer listed; one that cannot be seen is closed. */
  ended(number: string): Promise<EndedRequest>;
}
