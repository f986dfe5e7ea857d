import { defineErrors } from '../kit/index.ts';

/** Why an ID token of another CI system is not accepted. */
export const identityError = defineErrors({
  IDENTITY_TOKEN_INVALID: {
    message: 'The ID token is not valid: {reason}.',
    hint: 'Request a new token in the job, with the audience that `identities` of the stack names.',
    status: 401,
    exitCode: 2,
  },
  IDENTITY_NOT_ALLOWED: {
    message: 'The ID token is not accepted: {reason}.',
    hint: 'Compare the claims of the token with `identities` of the stack in the configuration of the server.',
    status: 403,
    exitCode: 2,
  },
  IDENTITY_TOKEN_REPLAYED: {
    message: 'The ID token has been used before, and each token is accepted only once.',
    hint: 'Request a new token in the job. GitLab gives each job a new one when it starts.',
    status: 401,
    exitCode: 2,
  },
  IDENTITY_ISSUER_UNREACHABLE: {
    message: 'The keys of issuer {issuer} cannot be read: {reason}.',
    hint: 'Check that the server and the notary can fetch `<issuer>/.well-known/openid-configuration`.',
    status: 503,
  },
});
