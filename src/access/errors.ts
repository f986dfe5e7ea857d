import { defineErrors } from '../kit/index.ts';

export const accessError = defineErrors({
  ACCESS_TOKEN_UNKNOWN: {
    message: 'There is no access token `{id}`.',
    hint: 'See `slipway token list`.',
    status: 404,
    exitCode: 2,
  },
  ACCESS_SIGN_IN_FAILED: {
    message: 'Signing in with {provider} failed: {reason}',
    hint: 'Start again at the page of the server. If it fails again, check `access` in its configuration.',
    status: 401,
  },
  ACCESS_PROVIDER_UNREACHABLE: {
    message: 'The sign-in service {provider} cannot be used: {reason}',
    hint: 'Check its address in `access` of the configuration of the server, and that the server can reach it.',
    status: 502,
  },
  ACCESS_NO_ROLE: {
    message: '`{name}` has no role on this server.',
    hint: 'An administrator of the server adds people and groups under `roles` in `access` of its configuration.',
    status: 403,
  },
});
