import type { Access, TokenRecord } from '../../access/index.ts';
import type { Tokens } from '../../coordinator/index.ts';
import { TokenView, viewOf, type CreatedToken, type TokenRequest } from '../../protocol/index.ts';

const DAY_SECONDS = 24 * 3600;

interface Parts {
  readonly access: Access;
  readonly credentials: Tokens;
}

/** Creates an access token, which is returned this once, with the S3 access key that opens the same mirrors. */
export function createToken({ access, credentials }: Parts, request: TokenRequest, createdBy: string): CreatedToken {
  const { days, ...rest } = request;
  const { token, record } = access.createToken({ ...rest, createdBy, seconds: days * DAY_SECONDS });
  return { ...tokenView(record), token, s3: credentials.tokenAccessKey(record.id) };
}

/** Returns what the audit log records of a token. */
export function auditedToken({ id, name, scope, stacks }: TokenView) {
  return { on: `token ${id}`, details: { name, scope, stacks: stacks.join(' ') } };
}

export function tokenView(record: TokenRecord): TokenView {
  return viewOf(TokenView, { ...record, stacks: [...record.stacks] });
}
