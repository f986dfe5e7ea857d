import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { expandVariables, idTokenClaims } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { publicJwk, signJwt } from '../../kit/index.ts';
import type { Clock, PublicJwk } from '../../kit/index.ts';
import type { PipelineRecord } from '../ports.ts';

/** Vouches for jobs before clouds and schedulers, which check its tokens with the keys that it publishes. */
export interface IdTokenIssuer {
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
  keys(): Promise<readonly PublicJwk[]>;
}

/** `key` gives an RSA key, the same each time; it is asked only when it is needed. */
export function createIdTokenIssuer(key: () => Promise<KeyObject>): IdTokenIssuer {
  return {
    sign: async (claims) => signJwt(claims, await key()),
    keys: async () => [publicJwk(await key())],
  };
}

export interface IdTokenSubject {
  readonly plan: JobPlan;
  readonly record: PipelineRecord;
  /** Seconds that the job may take: its tokens are good for so long. */
  readonly timeout: number;
  /** The job's variables, put together. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * A token for each name in the job's `id_tokens` (https://docs.gitlab.com/ci/secrets/id_token_authentication/). Jobs of outsiders
 * get none: whoever trusts this server's tokens would trust strangers.
 */
export async function idTokensOf(
  { idTokens, clock }: { readonly idTokens: IdTokenIssuer; readonly clock: Clock },
  { plan, record, timeout, variables }: IdTokenSubject,
): Promise<Readonly<Record<string, string>>> {
  if (record.trust === 'untrusted') return {};
  const lookup = (name: string): string | undefined => variables[name];
  const setting = {
    issuer: variables['CI_SERVER_URL'] ?? '',
    now: Math.floor(clock.now() / 1000),
    lifetime: timeout,
    refType: record.refType === 'tag' ? 'tag' : 'branch',
    ...(record.refType === 'pull-request' ? { refPath: `refs/${record.ref}/head` } : {}),
  };
  const tokens = Object.entries(plan.idTokens ?? {}).map(async ([name, audiences]) => {
    const audience = audiences.map((text) => expandVariables(text, lookup));
    const claims = idTokenClaims(lookup, { ...setting, audience, id: randomUUID() });
    return [name, await idTokens.sign(claims)] as const;
  });
  return Object.fromEntries(await Promise.all(tokens));
}
