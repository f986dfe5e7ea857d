import { Retryable, certificateHint, messageOf, type SlipwayError } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';

/** What a request is about, for messages. */
interface RequestedObject {
  readonly method: string;
  readonly key: string;
  /** URL of the store. */
  readonly store: string;
}

/** The error for an answer with this status; 0 for an answer that breaks off. */
export function requestFailure(object: RequestedObject, status: number, reason: string): SlipwayError {
  const isDenied = status === 401 || status === 403;
  return mirrorError(isDenied ? 'MIRROR_STORE_DENIED' : 'MIRROR_STORE_REQUEST_FAILED', { ...object, reason });
}

/** The error for a request without an answer: worth another try, unless the server's certificate is not trusted. */
export function noAnswer(object: RequestedObject, error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
  const remedy = certificateHint(error);
  const failure = mirrorError('MIRROR_STORE_REQUEST_FAILED', { ...object, reason }, { cause: error, ...remedy });
  return remedy.hint === undefined ? new Retryable(failure) : failure;
}
