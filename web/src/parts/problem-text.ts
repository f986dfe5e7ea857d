import { ApiFailure } from '../api.ts';

/** Returns the text that explains why an action failed. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiFailure)) return 'The server does not answer.';
  return error.problem.hint === undefined
    ? error.message
    : `${error.message.replace(/\.$/, '')}. ${error.problem.hint}`;
}
