import * as z from 'zod';
import { SlipwayError, messageOf, parseJson } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

/**
 * The messages between server and notary: HTTP with JSON, over a socket in the file system or TCP, each request with
 * the token that both know.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /v1/keys` | `KnownKeys` |
 * | `PUT /v1/locks/<digest>` with a lock's text | nothing |
 * | `POST /v1/attest` | `Attestation`; `NOTARY_LOCK_UNKNOWN` (409) requests the lock first |
 * | `POST /v1/renew` | `Attestation` |
 * | `POST /v1/identities` | `IdentityGrant` |
 * | `POST /v1/statements` | `Signed` |
 * | `POST /v1/images` | `ImageSignature`; `NOTARY_LOCK_UNKNOWN` (409) requests the locks first |
 * | `POST /v1/numbers` | `UsedNumbers` |
 *
 * A failure is `Failure` with the same HTTP status.
 */
export const Signed = z.object({ text: z.string() });

export const NumbersMessage = z.strictObject({ stack: z.string().min(1).max(200) });

const Failure = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string(),
  hint: z.string().optional(),
  status: z.number().int(),
  exitCode: z.number().int(),
});
type Failure = z.infer<typeof Failure>;

/** A failure as it goes over the wire; an unexpected one goes without details. */
export function wireFailure(error: unknown): Failure {
  if (!(error instanceof SlipwayError))
    return { code: 'NOTARY_FAILED', message: 'The notary failed; see its own log', status: 500, exitCode: 1 };
  const { code, message, hint, status, exitCode } = error;
  return { code, message, hint, status, exitCode };
}

/** The failure that the other side reported. */
export function errorOf(body: string, status: number): SlipwayError {
  const { data } = Failure.safeParse(parseJson(body));
  if (data === undefined) return notaryError('NOTARY_REQUEST_INVALID', { reason: `it answered ${status}` });
  return new SlipwayError(data.code, data);
}

/** Reads a message; throws NOTARY_REQUEST_INVALID. */
export function readMessage<T>(schema: z.ZodType<T>, body: string): T {
  try {
    return schema.parse(JSON.parse(body));
  } catch (error) {
    throw notaryError('NOTARY_REQUEST_INVALID', { reason: messageOf(error).slice(0, 300) }, { cause: error });
  }
}
