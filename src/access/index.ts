/**
 * Who may do what: scopes, principals, access tokens, sessions, and sign-in with OpenID Connect or GitHub. It knows
 * stacks by their names only, and neither HTTP routes nor the database: the server asks it who sent a request and
 * decides by its table of permissions. The credentials of jobs and runners are not its concern.
 */
export { Access, type DeclaredToken } from './access.ts';
export type { AccessLedger, SessionRecord, TokenRecord } from './access-ledger.ts';
export { accessError } from './errors.ts';
export { githubSignIn } from './github-sign-in.ts';
export { openidSignIn } from './openid-sign-in.ts';
export { anonymous, holds, type Principal } from './principal.ts';
export { commandScopes, isRequestCommand, mayCommand, type RequestCommand } from './request-command.ts';
export { scopes, type Scope } from './scope.ts';
export { tiers, type Tier } from './tier.ts';
export type { SignInProvider } from './sign-in.ts';
