import { SlipwayError, messageOf } from '../kit/index.ts';
import type { FailureReason } from '../protocol/index.ts';

/** How a job ended. */
export type JobOutcome =
  | { readonly state: 'success' }
  | {
      readonly state: 'failed';
      readonly reason: FailureReason;
      readonly exitCode?: number;
      readonly message: string;
      /** What went wrong with the machine. */
      readonly error?: unknown;
    };

/** Ends a job's stages with an outcome. */
export class JobFailure extends Error {
  readonly outcome: JobOutcome & { state: 'failed' };

  constructor(reason: FailureReason, message: string, exitCode?: number) {
    super(message);
    this.name = 'JobFailure';
    this.outcome = { state: 'failed', reason, message, ...(exitCode === undefined ? {} : { exitCode }) };
  }
}

/** What a person reads in the job's log: the fact, and the remedy on a line of its own. */
export function explain(error: unknown): string {
  const hint = error instanceof SlipwayError ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)}\nhint: ${hint}`;
}
