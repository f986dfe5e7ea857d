import type { ErrorDetails, ErrorOptions, Secret, SlipwayError } from '../../kit/index.ts';

/** Why a forge's API did not give what was requested: the last part of an error code. */
type ApiProblem = 'UNAUTHORIZED' | 'FORBIDDEN' | 'NOT_FOUND' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'ANSWER_INVALID';

/** How the API of one kind of forge differs from that of others. */
export interface ApiProfile {
  /** For logs: `GitHub`. */
  readonly name: string;
  /** Headers of every request. */
  headers(token: Secret): Readonly<Record<string, string>>;
  /** Statuses by which it refuses the content of a request: repeating that is in vain. */
  readonly refusals: readonly number[];
  fail(problem: ApiProblem, details: ErrorDetails, options?: ErrorOptions): SlipwayError;
}
