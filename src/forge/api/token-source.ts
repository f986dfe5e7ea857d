import type { Secret } from '../../kit/index.ts';

/**
 * Returns the token for the next request to a forge. Safe to call at once from several places. A token that the forge
 * has rejected is passed as `rejected`, and is not returned again where a new one can be created.
 */
export type TokenSource = (rejected?: Secret) => Promise<Secret>;

/** A token that a person created. */
export function fixedToken(token: Secret): TokenSource {
  return async () => token;
}
