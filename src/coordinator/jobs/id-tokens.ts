import type { KeyObject } from 'node:crypto';
import { publicJwk, signJwt } from '../../kit/index.ts';

/** Signs identity tokens of jobs, which clouds and schedulers verify with the published keys. */
export type IdTokenIssuer = ReturnType<typeof createIdTokenIssuer>;

/** `key` returns an RSA key, the same each time; it is called only when it is needed. */
export function createIdTokenIssuer(key: () => Promise<KeyObject>) {
  return {
    sign: async (claims: Readonly<Record<string, unknown>>) => signJwt(claims, await key()),
    keys: async () => [publicJwk(await key())],
  };
}
