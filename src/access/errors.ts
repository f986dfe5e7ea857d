import { defineErrors } from '../kit/index.ts';

export const accessError = defineErrors({
  ACCESS_TOKEN_UNKNOWN: {
    message: 'There is no access token `{id}`.',
    hint: 'Run `slipway token list` to see the ids of all tokens.',
    status: 404,
    exitCode: 2,
  },
  ACCESS_SIGN_IN_FAILED: {
    message: 'Signing in with {provider} failed: {reason}.',
    hint:
      'Open the sign-in page of the server again. If it fails again, check `access` in the configuration of ' +
      'the server.',
    status: 401,
  },
  ACCESS_PROVIDER_UNREACHABLE: {
    message: 'The sign-in service {provider} cannot be used: {reason}.',
    hint:
      'Check the address of the service in `access` of the configuration of the server, and that the server ' +
      'can reach it.',
    status: 502,
  },
  ACCESS_NO_ROLE: {
    message: '`{name}` has no role on this server.',
    hint: 'Ask an administrator of the server to add you or your group to `access.roles` in its configuration.',
    status: 403,
  },
});
