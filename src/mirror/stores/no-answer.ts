import { Retryable, certificateHint, messageOf } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';

/**
 * Returns the error for a request that got no answer: worth another try, unless the server's certificate is not
 * trusted.
 */
export function noAnswer(request: { method: string; key: string }, store: string, error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
  const remedy = certificateHint(error);
  const details = { method: request.method, key: request.key, store, reason };
  const failure = mirrorError('MIRROR_STORE_REQUEST_FAILED', details, { cause: error, ...remedy });
  return remedy.hint === undefined ? new Retryable(failure) : failure;
}
