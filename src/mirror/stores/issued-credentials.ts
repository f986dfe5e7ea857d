import * as z from 'zod';
import { parseJson } from '../../kit/index.ts';
import type { S3Credentials } from './s3-options.ts';

/** The answer of a `credential_process`, a container's endpoint or a machine's role: a key pair for some time. */
const Issued = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  /** A process prints `SessionToken`, the others send `Token`. */
  SessionToken: z.string().optional(),
  Token: z.string().optional(),
  Expiration: z.string().optional(),
});

/** Reads such an answer. An error does not quote it. */
export function readIssued(text: string): S3Credentials {
  const { data } = Issued.safeParse(parseJson(text));
  if (data === undefined) throw new Error('the answer is not JSON with AccessKeyId and SecretAccessKey');
  const { AccessKeyId, SecretAccessKey, SessionToken, Token, Expiration } = data;
  const expires = Date.parse(Expiration ?? '');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken ?? Token,
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}
