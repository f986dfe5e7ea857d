import type { Identity, RoleRule } from './roles.ts';

/** What the browser keeps while a person is at the provider; only their own sign-in can be completed with it. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  /** Code verifier of RFC 7636. */
  readonly verifier: string;
}

/** Lets people sign in elsewhere, with an authorization code (RFC 6749, section 4.1) and PKCE. */
export interface SignInProvider {
  /** Part of its addresses here, and of sessions. */
  readonly id: 'openid' | 'github';
  /** For people. */
  readonly title: string;
  readonly roles: readonly RoleRule[];
  /** Whether its names are the accounts of the forge, which `actors` of image rules name. */
  readonly namesActors: boolean;
  /** Returns where the browser is sent. */
  begin(redirectUri: string, pending: PendingSignIn): Promise<URL>;
  /** Exchanges the code in the address that the browser returned to. Throws ACCESS_SIGN_IN_FAILED. */
  finish(callback: URL, pending: PendingSignIn): Promise<Identity>;
}
