import type { Secret } from '../kit/index.ts';

export interface RegistryCredentials {
  readonly username: string;
  readonly password: Secret;
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
