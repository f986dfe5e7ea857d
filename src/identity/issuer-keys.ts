import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { messageOf } from '../kit/index.ts';
import { identityError } from './errors.ts';

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const TIMEOUT_MS = 10_000;
/** How long keys are used without a look at the issuer; an unknown key is looked up earlier, but not all the time. */
const KEPT_MS = 10 * 60_000;
const COOLDOWN_MS = 10_000;

/**
 * The public keys of issuers (OpenID Connect Discovery 1.0, section 4). They are fetched with the first token, kept, and
 * fetched again for a key that is not among them, so that an issuer may rotate its keys at any time.
 */
export class IssuerKeys {
  readonly #known = new Map<string, Promise<JWTVerifyGetKey>>();

  /** Throws IDENTITY_ISSUER_UNREACHABLE. */
  of(issuer: string): Promise<JWTVerifyGetKey> {
    const found = this.#known.get(issuer) ?? discover(issuer);
    this.#known.set(issuer, found);
    found.catch(() => this.#known.delete(issuer));
    return found;
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const unreachable = (reason: string, cause?: unknown) =>
    identityError('IDENTITY_ISSUER_UNREACHABLE', { issuer, reason }, { cause });
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const found = Discovery.parse(await response.json());
    if (found.issuer !== issuer) throw new Error(`its configuration names the issuer ${found.issuer}`);
    const keys = new URL(found.jwks_uri);
    if (keys.protocol !== new URL(issuer).protocol) throw new Error(`its keys are at ${keys.origin}, without TLS`);
    return createRemoteJWKSet(keys, {
      timeoutDuration: TIMEOUT_MS,
      cacheMaxAge: KEPT_MS,
      cooldownDuration: COOLDOWN_MS,
    });
  } catch (error) {
    throw unreachable(messageOf(error), error);
  }
}
