import type { KeyObject } from 'node:crypto';
import { publicJwk, signJwt, type PublicJwk } from '../../kit/index.ts';

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
