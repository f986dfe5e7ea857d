import * as z from 'zod';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

/**
 * What the server and the notary say to each other: HTTP with JSON, over a socket in the file system or TCP, each
 * request with the token that both know.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /v1/keys` | `KnownKeys` |
 * | `PUT /v1/locks/<digest>` with a lock's text | nothing |
 * | `POST /v1/attest` | `Attestation`; `NOTARY_LOCK_UNKNOWN` (409) asks for the lock first |
 * | `POST /v1/renew` | `Attestation` |
 * | `POST /v1/statements` | `Signed` |
 * | `POST /v1/images` | `ImageSignature`; `NOTARY_LOCK_UNKNOWN` (409) asks for the locks first |
 * | `POST /v1/numbers` | `UsedNumbers` |
 *
 * A failure is `Failure` with an HTTP status that says the same.
 */
const Name = z.string().min(1).max(200);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const AttestMessage = z.strictObject({
  stack: Name,
  pipeline: z.string().regex(/^\d{1,20}$/),
  job: Name,
  lockDigest: Sha256,
  lockName: z.string().max(1024).optional(),
  key: z.string().max(1024),
  manifest: z.string().max(2 ** 21),
  withSpecFile: z.boolean().optional(),
});

export const RenewMessage = z.strictObject({
  stack: Name,
  name: Name,
  version: Name,
  hash: z.string().regex(/^[a-z2-7]{32}$/),
  withSpecFile: z.boolean().optional(),
});

export const StatementMessage = z.strictObject({ stack: Name, root: z.string().max(200), text: z.string().max(4096) });

export const ImageMessage = z.strictObject({
  stack: Name,
  pipeline: z.string().regex(/^\d{1,20}$/),
  payload: z.string().max(2 ** 22),
  locks: z
    .array(z.strictObject({ digest: Sha256, name: z.string().max(1024).optional() }))
    .min(1)
    .max(64),
  documents: z.array(z.string().max(2 ** 23)).max(512),
});

export const Signed = z.object({ text: z.string() });

export const AttestationMessage = z.object({
  manifest: z.string(),
  already: z.boolean(),
  specFile: z.string().optional(),
});

export const ImageSignatureMessage = z.object({ signature: z.string(), publicKey: z.string() });

export const NumbersMessage = z.strictObject({ stack: Name });

export const UsedNumbersMessage = z.object({
  pipeline: z.number().int().nonnegative(),
  job: z.number().int().nonnegative(),
});

export const KnownKeysMessage = z.object({
  keys: z.array(
    z.object({ fingerprint: z.string(), publicKey: z.string(), state: z.enum(['signing', 'accepted', 'revoked']) }),
  ),
  imageKey: z.string().optional(),
});

const Failure = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string(),
  hint: z.string().optional(),
  status: z.number().int(),
  exitCode: z.number().int(),
});
type Failure = z.infer<typeof Failure>;

/** A failure as it goes over the wire; what is no failure of ours is told without details. */
export function wireFailure(error: unknown): Failure {
  if (!(error instanceof SlipwayError))
    return { code: 'NOTARY_FAILED', message: 'The notary failed; its own log says why', status: 500, exitCode: 1 };
  const { code, message, hint, status, exitCode } = error;
  return { code, message, status, exitCode, ...(hint === undefined ? {} : { hint }) };
}

/** The failure that the other side told. */
export function errorOf(body: string, status: number): SlipwayError {
  const read = Failure.safeParse(parse(body));
  if (!read.success) return notaryError('NOTARY_REQUEST_INVALID', { reason: `it answered ${status}` });
  const { code, hint, ...kind } = read.data;
  return new SlipwayError(code, { ...kind, ...(hint === undefined ? {} : { hint }) });
}

/** Reads a message; throws NOTARY_REQUEST_INVALID. */
export function readMessage<T>(schema: z.ZodType<T>, body: string): T {
  try {
    return schema.parse(JSON.parse(body));
  } catch (error) {
    throw notaryError('NOTARY_REQUEST_INVALID', { reason: messageOf(error).slice(0, 300) }, { cause: error });
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
