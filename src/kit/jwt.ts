import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { sha256 } from './digest.ts';

/** A public RSA key as RFC 7517 writes it. */
export interface PublicJwk {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'RS256';
  readonly n: string;
  readonly e: string;
}

/** A JSON Web Token (RFC 7519) signed with an RSA key (RS256). */
export function signJwt(claims: Readonly<Record<string, unknown>>, key: KeyObject): string {
  const header = { alg: 'RS256', typ: 'JWT', kid: publicJwk(key).kid };
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** What verifies the tokens of a private key; may be made of either half. */
export function publicJwk(key: KeyObject): PublicJwk {
  const { n = '', e = '' } = (key.type === 'public' ? key : createPublicKey(key)).export({ format: 'jwk' });
  // RFC 7638: the names in this order, without blanks.
  const kid = Buffer.from(sha256(JSON.stringify({ e, kty: 'RSA', n })), 'hex').toString('base64url');
  return { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n, e };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
