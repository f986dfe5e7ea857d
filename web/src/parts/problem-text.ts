import { ApiFailure } from '../api.ts';

/** Returns what a person is told about an action that failed. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiFailure)) return 'The server does not answer.';
  return error.problem.hint === undefined
    ? error.message
    : `${error.message.replace(/\.$/, '')}. ${error.problem.hint}`;
}
