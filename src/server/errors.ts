import { defineErrors } from '../kit/index.ts';

export const serverError = defineErrors({
  SERVER_PORT_IN_USE: {
    message: 'Another program already listens on `{address}`.',
    hint: 'Stop it, or choose another port with `--listen` (port 0 takes a free one).',
    status: 500,
  },
  SERVER_ADDRESS_UNUSABLE: {
    message: 'The server cannot listen on `{address}`: {reason}',
    hint: 'Use an address of this machine, as in `127.0.0.1:8080`; ports under 1024 need rights.',
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
    message: 'There is no {what}',
    hint: 'See `slipway status`, or `/api/v1/stacks`.',
    status: 404,
  },
  SERVER_QUERY_INVALID: {
    message: 'The query has an invalid `{name}`: `{value}`.',
    hint: 'See `/api/v1/openapi.json` for the values.',
    status: 400,
  },
  SERVER_HOST_REFUSED: {
    message: 'This server does not answer to the name `{host}`.',
    hint: 'Set `baseUrl` in the configuration of the server to the URL that people use, or add the name to `hosts`.',
    status: 421,
  },
  SERVER_ORIGIN_REFUSED: {
    message: 'Requests from pages of `{origin}` are refused.',
    hint: 'If this is the address of the server itself, set `baseUrl` in its configuration to it, or add its name to `hosts`.',
    status: 403,
  },
  SERVER_TOKEN_WRONG: {
    message: 'The token is unknown, expired or revoked.',
    hint: 'See `slipway token list` on the server, and compare the token with SLIPWAY_TOKEN or `--token-file`.',
    status: 401,
    exitCode: 2,
  },
  SERVER_SIGN_IN_NEEDED: {
    message: 'This requires a token or sign-in.',
    hint: 'Set SLIPWAY_TOKEN to a token that `slipway token create` made on the server, or sign in on its page.',
    status: 401,
    exitCode: 2,
  },
  SERVER_FOREIGN_CHANGE: {
    message: 'The request has no token, and {reason}.',
    hint: 'Without a token, this server accepts changes only from programs of its machine, as JSON, and from its own page.',
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
    message: 'This requires the scope `{scope}` on {what}, which {who} does not have.',
    hint: 'An administrator of the server gives it with a role in its configuration, or with a token that has it.',
    status: 403,
    exitCode: 2,
  },
  SERVER_PAGE_HEADER_MISSING: {
    message: 'A change in a session requires the header `X-Slipway-Page`, as the page of the server sends it.',
    hint: 'Use a token instead of the session, or send the header.',
    status: 403,
  },
  SERVER_TOKENS_THROTTLED: {
    message: 'Too many wrong tokens came from this address.',
    hint: 'Check the token, and try again in {seconds} s.',
    status: 429,
  },
  SERVER_TLS_UNREADABLE: {
    message: 'The TLS files cannot be read: {reason}',
    hint: 'Check `tls.certificate` and `tls.key` in the server’s configuration.',
    status: 500,
    exitCode: 2,
  },
  SERVER_USERS_MISSING: {
    message: 'A server that root starts runs as two users without rights. Missing: {missing}.',
    hint:
      'Create the users, or start the server as a user without rights. `users: none` (SLIPWAY_USERS=none) runs ' +
      'everything as root, jobs included.\n' +
      '  useradd --system --user-group --home-dir /var/lib/{server} --create-home {server}\n' +
      '  useradd --system --gid {server} --home-dir /nonexistent {notary}',
    status: 500,
    exitCode: 2,
  },
  SERVER_USERS_UNFIT: {
    message: '`{server}` and `{notary}` must be two users other than root.',
    hint: 'Name two users without rights in `users`.',
    status: 500,
    exitCode: 2,
  },
  SERVER_FOLDER_OWNER: {
    message: '`{path}` belongs to the user with the id {uid}, and must belong to `{user}`.',
    hint: 'Run: {repair}',
    status: 500,
    exitCode: 2,
  },
  SERVER_USER_CANNOT_READ: {
    message: 'User `{user}` cannot run the server: {reason}',
    hint: 'Install Node.js and Slipway, and put the configuration, where that user can read them.',
    status: 500,
    exitCode: 2,
  },
});
