/**
 * Identity from elsewhere: verifies the ID tokens (OpenID Connect) of jobs that GitLab or GitHub Actions run, with the
 * public keys of their issuers. It says which job of which project and ref shows a token, and whether that ref is
 * protected. What the job may do with that, and that no token is used twice, is for the server and the notary.
 */
export { identityError } from './errors.ts';
export { IdentityProvider } from './provider.ts';
export { createIdentityVerifier, type IdentityVerifier, type JobIdentity } from './verifier.ts';
