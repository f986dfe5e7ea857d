import { defineErrors } from '../kit/index.ts';

export const serverError = defineErrors({
  SERVER_PORT_IN_USE: {
    message: 'The address `{address}` is already in use by another program.',
    hint: 'Stop that program, or choose another port with `--listen` (port 0 selects a free one).',
    status: 500,
  },
  SERVER_ADDRESS_UNUSABLE: {
    message: 'The server cannot listen on `{address}`: {reason}.',
    hint: 'Use an address of this machine, such as `127.0.0.1:8080`. Ports below 1024 require privileges.',
    status: 500,
    exitCode: 2,
  },
  SERVER_MIRROR_REFUSED: {
    message: 'The mirror of stack `{stack}` cannot be served: {reason}.',
    hint: '{remedy}',
    status: 500,
    exitCode: 2,
  },
  SERVER_NOT_FOUND: {
    message: 'There is no {what}.',
    hint: 'Run `slipway status`, or request `/api/v1/stacks`, to see what exists.',
    status: 404,
  },
  SERVER_QUERY_INVALID: {
    message: 'The query parameter `{name}` has the invalid value `{value}`.',
    hint: 'See `/api/v1/openapi.json` for the allowed values.',
    status: 400,
  },
  SERVER_PATTERN_INVALID: {
    message: 'The pattern `{pattern}` cannot be searched for: {reason}.',
    hint: 'Write a regular expression as RE2 accepts it, or search for the plain text.',
    status: 400,
  },
  SERVER_METHOD_REFUSED: {
    message: '`{path}` cannot be requested with {method}, only with {allowed}.',
    hint: 'See `/api/v1/openapi.json` for the operations.',
    status: 405,
  },
  SERVER_BODY_INVALID: {
    message: 'The body of the request is invalid: {reason}.',
    hint: 'See `/api/v1/openapi.json` for its schema.',
    status: 400,
  },
  SERVER_BODY_TOO_LARGE: {
    message: 'The body of the request is larger than {bytes} bytes.',
    status: 413,
  },
  SERVER_HOOK_TOKEN_NOT_SET: {
    message: 'The stack has no `hookToken`, so a hook cannot report who pushed.',
    hint: 'Set `hookToken` for the stack in the configuration of the server.',
    status: 404,
  },
  SERVER_WEBHOOK_REFUSED: {
    message: 'No webhook of this server has this signature.',
    hint: 'Compare the secret of the webhook at the forge with the one in the configuration of the server.',
    status: 401,
  },
  SERVER_HOST_REFUSED: {
    message: 'This server does not accept requests for the host name `{host}`.',
    hint: 'Set `baseUrl` in the configuration of the server to its public URL, or add the name to `hosts`.',
    status: 421,
  },
  SERVER_ORIGIN_REFUSED: {
    message: 'Requests from pages of `{origin}` are not accepted.',
    hint:
      'If this is the address of the server, set `baseUrl` in its configuration to it, or add its name to ' +
      '`hosts`.',
    status: 403,
  },
  SERVER_TOKEN_WRONG: {
    message: 'The token is unknown, expired or revoked.',
    hint: 'Check SLIPWAY_TOKEN or `--token-file`, and run `slipway token list` on the server to see valid tokens.',
    status: 401,
    exitCode: 2,
  },
  SERVER_SIGN_IN_NEEDED: {
    message: 'This request requires a token or a session.',
    hint:
      'Set SLIPWAY_TOKEN to a token that `slipway token create` created on the server, or sign in on the web ' +
      'page.',
    status: 401,
    exitCode: 2,
  },
  SERVER_FOREIGN_CHANGE: {
    message: 'The request has no token, and {reason}.',
    hint:
      'Send a token. Without one, the server accepts changes only as JSON from programs on its machine, and ' +
      'from its own page.',
    status: 403,
    exitCode: 2,
  },
  SERVER_IDENTITIES_NOT_SET: {
    message: 'Stack `{stack}` accepts no ID tokens.',
    hint: 'Set `identities` for the stack in the configuration of the server.',
    status: 404,
    exitCode: 2,
  },
  SERVER_SCOPE_MISSING: {
    message: 'This request requires the scope `{scope}` on {what}, which {who} does not have.',
    hint: 'Ask an administrator of the server for a role or a token with this scope.',
    status: 403,
    exitCode: 2,
  },
  SERVER_PAGE_HEADER_MISSING: {
    message: 'A change in a session requires the header `X-Slipway-Page`.',
    hint: 'Send the header as the web page does, or use a token instead of the session.',
    status: 403,
  },
  SERVER_TOKENS_THROTTLED: {
    message: 'Too many wrong tokens were sent from this address.',
    hint: 'Check the token, and try again in {seconds} s.',
    status: 429,
  },
  SERVER_TLS_UNREADABLE: {
    message: 'The TLS files cannot be read: {reason}.',
    hint: 'Check `tls.certificate` and `tls.key` in the configuration of the server.',
    status: 500,
    exitCode: 2,
  },
  SERVER_USERS_MISSING: {
    message: 'A server that root starts runs as two unprivileged users, and these users do not exist: {missing}.',
    hint:
      'Create the users, or start the server as a user without rights. `users: none` (SLIPWAY_USERS=none) runs ' +
      'everything as root, jobs included.\n' +
      '  useradd --system --user-group --home-dir /var/lib/{server} --create-home {server}\n' +
      '  useradd --system --gid {server} --home-dir /nonexistent {notary}',
    status: 500,
    exitCode: 2,
  },
  SERVER_USERS_UNFIT: {
    message: '`{server}` and `{notary}` must be two different users, and neither may be root.',
    hint: 'Name two unprivileged users in `users`.',
    status: 500,
    exitCode: 2,
  },
  SERVER_FOLDER_OWNER: {
    message: '`{path}` belongs to the user with id {uid}, but must belong to `{user}`.',
    hint: 'Run: {repair}',
    status: 500,
    exitCode: 2,
  },
  SERVER_USER_CANNOT_READ: {
    message: 'User `{user}` cannot run the server: {reason}.',
    hint: 'Install Node.js and Slipway, and store the configuration, where that user can read them.',
    status: 500,
    exitCode: 2,
  },
});
