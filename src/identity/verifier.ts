import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { compileGlob, messageOf, sha256, type Clock } from '../kit/index.ts';
import { readJobClaims, type JobClaims } from './claims.ts';
import { identityError } from './errors.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { IdentityProvider } from './provider.ts';

/** The job of another CI system that has shown a valid token. */
export interface JobIdentity extends Pick<
  JobClaims,
  'project' | 'ref' | 'sha' | 'pipeline' | 'actor' | 'isOfRef' | 'isChild'
> {
  readonly issuer: string;
  /** Whether packages of its pipeline are signed. */
  readonly isProtected: boolean;
  /** Identifies the token: the same for every encoding of its signature. */
  readonly token: string;
  /** Milliseconds since 1970 after which the token is not valid any more, skew included. */
  readonly expiresAt: number;
  /** Milliseconds that what is granted for the token lasts. */
  readonly lifetime: number;
}

/** Verifies ID tokens for one stack. Calls may come at any time; whether a token was used before is for the caller. */
export interface IdentityVerifier {
  /** Throws `IDENTITY_…` to refuse. */
  verify(token: string): Promise<JobIdentity>;
}

interface VerifierOptions {
  readonly clock: Clock;
  readonly keys?: IssuerKeys;
}

/** GitLab and GitHub sign with RS256. `none` and what is verified with a shared secret are never accepted. */
const ALGORITHMS = ['RS256', 'ES256'];
const SKEW_SECONDS = 30;
const LONGEST = 16 * 1024;

export function createIdentityVerifier(
  providers: readonly IdentityProvider[],
  { clock, keys = new IssuerKeys() }: VerifierOptions,
): IdentityVerifier {
  return {
    verify: async (token) => {
      const issuer = issuerOf(token);
      const ofIssuer = providers.filter((provider) => provider.issuer === issuer);
      if (ofIssuer.length === 0) throw notAllowed(`\`${issuer}\` is not an issuer of this stack`);
      const payload = await verifiedPayload(token, { issuer, keys, clock });
      const [{ kind }] = ofIssuer as [IdentityProvider, ...IdentityProvider[]];
      const claims = readJobClaims(kind, payload);
      const provider = chooseProvider(ofIssuer, claims, [payload.aud ?? []].flat());
      return {
        issuer,
        project: claims.project,
        ref: claims.ref,
        sha: claims.sha,
        pipeline: claims.pipeline,
        actor: claims.actor,
        isOfRef: claims.isOfRef,
        isChild: claims.isChild,
        isProtected: isProtected(provider, claims),
        token: sha256(`${issuer} ${payload.jti}`),
        expiresAt: ((payload.exp as number) + SKEW_SECONDS) * 1000,
        lifetime: provider.lifetime * 1000,
      };
    },
  };
}

/** Reads which issuer a token claims to be of, before anything of it is believed. */
function issuerOf(token: string): string {
  if (token.length > LONGEST) throw invalid(`it is longer than ${LONGEST} bytes`);
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === 'string') return iss.slice(0, 200);
  } catch (error) {
    throw invalid('it is no JSON Web Token', error);
  }
  throw invalid('it names no issuer');
}

interface VerifyRequest {
  readonly issuer: string;
  readonly keys: IssuerKeys;
  readonly clock: Clock;
}

async function verifiedPayload(token: string, { issuer, keys, clock }: VerifyRequest): Promise<JWTPayload> {
  const getKey = await keys.of(issuer);
  const now = clock.now();
  try {
    const { payload } = await jwtVerify(token, getKey, {
      issuer,
      algorithms: ALGORITHMS,
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(now),
      requiredClaims: ['aud', 'exp', 'iat', 'jti'],
    });
    if ((payload.iat as number) > now / 1000 + SKEW_SECONDS) throw invalid('it was issued in the future');
    if (typeof payload.jti !== 'string' || payload.jti === '') throw invalid('its `jti` is empty');
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && !isOfIssuer(error)) throw invalid(messageOf(error), error);
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('IDENTITY_')) throw error;
    throw identityError('IDENTITY_ISSUER_UNREACHABLE', { issuer, reason: messageOf(error) }, { cause: error });
  }
}

/** Whether the failure is one of fetching the issuer's keys. */
function isOfIssuer(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'
  );
}

/** The entry of the configuration that the token fits; throws with the first fact that no entry accepts. */
function chooseProvider(
  providers: readonly IdentityProvider[],
  claims: JobClaims,
  audiences: readonly string[],
): IdentityProvider {
  const narrow = (from: readonly IdentityProvider[], fits: (one: IdentityProvider) => boolean, reason: string) => {
    const left = from.filter(fits);
    if (left.length === 0) throw notAllowed(reason);
    return left;
  };
  const { project, ref, environment, workflow } = claims;
  const ofProject = narrow(providers, (one) => one.project === project, `it is of project \`${project}\``);
  const audience = audiences.join(', ');
  const ofAudience = narrow(ofProject, (one) => audiences.includes(one.audience), `its audience is \`${audience}\``);
  const ofRef = narrow(ofAudience, (one) => matchesAny(one.refs, ref), `it is of \`${ref}\``);
  const of = environment === undefined ? 'no environment' : `environment \`${environment}\``;
  const ofEnvironment = narrow(
    ofRef,
    (one) => one.environment === undefined || one.environment === environment,
    `it is of ${of}`,
  );
  const [found] = narrow(
    ofEnvironment,
    (one) => one.workflow === undefined || one.workflow === workflow,
    `\`${workflow ?? 'an unknown file'}\` defines the job`,
  );
  return found as IdentityProvider;
}

/** GitLab always states whether it protects a ref; where GitHub does not, the pattern alone decides. */
function isProtected(provider: IdentityProvider, { ref, isRefProtected, isOfRef }: JobClaims): boolean {
  const isStated = provider.kind === 'github' ? isRefProtected !== false : isRefProtected === true;
  return isOfRef && isStated && matchesAny(provider.protected, ref);
}

function matchesAny(patterns: readonly string[], ref: string): boolean {
  return patterns.some((pattern) => compileGlob(pattern, 'text')(ref));
}

function invalid(reason: string, cause?: unknown) {
  return identityError('IDENTITY_TOKEN_INVALID', { reason }, { cause });
}

function notAllowed(reason: string) {
  return identityError('IDENTITY_NOT_ALLOWED', { reason });
}
