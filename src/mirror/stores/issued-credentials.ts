import * as z from 'zod';
import type { S3Credentials } from './s3-options.ts';

/** What a `credential_process`, a container's endpoint and a machine's role tell: a key pair for some time. */
const Issued = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  /** A process says `SessionToken`, the others `Token`. */
  SessionToken: z.string().optional(),
  Token: z.string().optional(),
  Expiration: z.string().optional(),
});

/** Reads such an answer. Throws where it is none, without a word of what it says. */
export function readIssued(text: string): S3Credentials {
  const { data } = Issued.safeParse(parse(text));
  if (data === undefined) throw new Error('the answer is not JSON with AccessKeyId and SecretAccessKey');
  const { AccessKeyId, SecretAccessKey, SessionToken, Token, Expiration } = data;
  const expires = Date.parse(Expiration ?? '');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken ?? Token,
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
