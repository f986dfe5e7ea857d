import type { Configuration, IDToken, ServerMetadata } from 'openid-client';
import { messageOf, type Secret } from '../kit/index.ts';
import { accessError } from './errors.ts';
import type { Identity, RoleRule } from './roles.ts';
import type { PendingSignIn, SignInProvider } from './sign-in.ts';

interface OpenidSettings {
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  readonly scopes: readonly string[];
  /** Claim with the name of a person. */
  readonly nameClaim: string;
  /** Claim with their groups; a dot leads into a map, as in `realm_access.roles`. */
  readonly groupsClaim: string;
  readonly roles: readonly RoleRule[];
}

type Claims = Readonly<Record<string, unknown>>;

/** Signs people in with OpenID Connect. The issuer is asked for its addresses and keys at the first sign-in. */
export function openidSignIn(settings: OpenidSettings): SignInProvider {
  const { title, roles, scopes } = settings;
  let discovered: Promise<Configuration> | undefined;
  const configuration = async (): Promise<Configuration> => {
    try {
      return await (discovered ??= discover(settings));
    } catch (error) {
      discovered = undefined;
      throw accessError('ACCESS_PROVIDER_UNREACHABLE', { provider: title, reason: reasonOf(error) }, { cause: error });
    }
  };
  return {
    id: 'openid',
    title,
    roles,
    namesActors: false,
    begin: async (redirectUri, { state, nonce, verifier }) => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
      return buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
    },
    finish: async (callback, pending) => {
      const server = await configuration();
      try {
        return identityOf(await claimsOf(server, callback, pending), settings);
      } catch (error) {
        throw accessError('ACCESS_SIGN_IN_FAILED', { provider: title, reason: reasonOf(error) }, { cause: error });
      }
    },
  };
}

/** A client without a secret is public, and PKCE alone protects the code. */
async function discover({ issuer, clientId, clientSecret }: OpenidSettings): Promise<Configuration> {
  const client = await import('openid-client');
  const url = new URL(issuer);
  const execute = url.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  const secret = clientSecret?.reveal();
  const authenticate = ({ token_endpoint_auth_methods_supported: methods }: ServerMetadata) => {
    if (secret === undefined) return client.None();
    // OpenID Connect Discovery 1.0, section 3: `client_secret_basic` if the issuer names none.
    return methods === undefined || methods.includes('client_secret_basic')
      ? client.ClientSecretBasic(secret)
      : client.ClientSecretPost(secret);
  };
  return client.discovery(url, clientId, undefined, (...request) => authenticate(request[0])(...request), { execute });
}

/** The claims of the ID token, and those that only the userinfo endpoint has. */
async function claimsOf(server: Configuration, callback: URL, pending: PendingSignIn): Promise<Claims> {
  const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client');
  const tokens = await authorizationCodeGrant(server, callback, {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  // An ID token was expected, so there is one.
  const claims = tokens.claims() as IDToken;
  if (server.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...(await fetchUserInfo(server, tokens.access_token, claims.sub)), ...claims };
}

function identityOf(claims: Claims, { nameClaim, groupsClaim }: OpenidSettings): Identity {
  const name = claims[nameClaim];
  if (typeof name !== 'string' || name === '') throw new Error(`The claim \`${nameClaim}\` is missing.`);
  const groups = groupsClaim.split('.').reduce<unknown>((value, key) => (value as Claims | undefined)?.[key], claims);
  return { name, groups: [groups].flat().filter((group) => typeof group === 'string') };
}

/** The library's messages name the step; its causes say what was wrong there. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${messageOf(error)}${cause}`;
}
