import * as z from 'zod';
import { parseJson, type Secret } from '../kit/index.ts';

export interface RegistryCredentials {
  readonly username: string;
  readonly password: Secret;
  /** The password is a refresh token, as some registries return at login, for requesting tokens by OAuth 2. */
  readonly isIdentityToken?: boolean;
}

export interface Challenge {
  readonly scheme: 'basic' | 'bearer' | 'other';
  readonly parameters: Readonly<Record<string, string>>;
}

/** Parses `WWW-Authenticate` (RFC 9110, 11.6.1) as registries send it: one challenge with quoted parameters. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const match = /^\s*([A-Za-z]+)(?:\s+(.*))?$/s.exec(header ?? '');
  if (match === null) return undefined;
  const scheme = match[1]?.toLowerCase();
  const parameters: Record<string, string> = {};
  for (const [, name, quoted, plain] of (match[2] ?? '').matchAll(/([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    parameters[(name as string).toLowerCase()] = plain ?? (quoted as string).replace(/\\(.)/g, '$1');
  }
  return { scheme: scheme === 'basic' || scheme === 'bearer' ? scheme : 'other', parameters };
}

export function basicHeader({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/**
 * The request for a token: by Basic authorization, or, with an identity token, by OAuth 2 (distribution's "OAuth2 Token
 * Authentication").
 */
export function tokenRequest(url: URL, credentials: RegistryCredentials | undefined): Request {
  if (credentials?.isIdentityToken !== true) {
    const headers: Record<string, string> =
      credentials === undefined ? {} : { authorization: basicHeader(credentials) };
    return new Request(url, { headers, redirect: 'error' });
  }
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'slipway',
    refresh_token: credentials.password.reveal(),
    service: url.searchParams.get('service') ?? '',
    scope: url.searchParams.getAll('scope').join(' '),
  });
  return new Request(`${url.origin}${url.pathname}`, { method: 'POST', body: form, redirect: 'error' });
}

/**
 * The URL that gives a token for the scopes (distribution's "Token Authentication Specification"), or undefined
 * if the challenge names no usable realm. A realm on plain HTTP is refused unless the registry itself is plain:
 * otherwise a forged challenge would have our password sent in the clear.
 */
export function tokenUrl(
  challenge: Challenge,
  options: { scopes: readonly string[]; plainHttp: boolean },
): URL | undefined {
  const { realm, service, scope } = challenge.parameters;
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && options.plainHttp)) return undefined;
  if (service !== undefined) url.searchParams.set('service', service);
  const scopes = new Set([...options.scopes, ...(scope?.split(' ') ?? [])]);
  for (const one of scopes) url.searchParams.append('scope', one);
  return url;
}

const Token = z.string().regex(/^[\x21-\x7e]+$/);
const TokenAnswer = z.object({ token: Token.nullish(), access_token: Token.nullish() });

/** Returns the token of an answer; undefined or null if it has none that can be sent. */
export function readToken(text: string): string | null | undefined {
  const { data } = TokenAnswer.safeParse(parseJson(text));
  return data?.token ?? data?.access_token;
}
