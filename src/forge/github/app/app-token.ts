import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Secret, signJwt, type Clock } from '../../../kit/index.ts';
import type { TokenSource } from '../../api/token-source.ts';
import { githubError } from '../errors.ts';

/** A GitHub App, as its owner configured it. */
export interface GithubApp {
  /** Number or client id. */
  readonly id: string;
  /** PEM of the RSA key that GitHub created for it. */
  readonly privateKey: Secret;
  /** Number of the installation; it is looked up for the repository otherwise. */
  readonly installation?: number;
}

/** GitHub takes no token that is valid for more than ten minutes, and its clock may be behind. */
const LIFETIME_S = 9 * 60;
const SKEW_S = 60;

/**
 * Creates the tokens by which an App identifies itself ("Generating a JSON Web Token for a GitHub App"). Throws
 * FORGE_GITHUB_APP_KEY_INVALID at once.
 */
export function appToken(app: GithubApp, clock: Clock): TokenSource {
  const key = readKey(app);
  return async (rejected) => {
    const now = Math.floor(clock.now() / 1000);
    const claims = { iat: now - SKEW_S, exp: now + LIFETIME_S, iss: app.id };
    return rejected ?? new Secret(signJwt(claims, key));
  };
}

function readKey({ id, privateKey }: GithubApp): KeyObject {
  // The error of the parser is left out: nothing of the key may be printed.
  const fail = () => githubError('FORGE_GITHUB_APP_KEY_INVALID', { app: id });
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKey.reveal());
  } catch {
    throw fail();
  }
  if (key.asymmetricKeyType !== 'rsa') throw fail();
  return key;
}
