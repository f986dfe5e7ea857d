import { defineErrors } from '../../kit/index.ts';

const LISTING = 'The operator can list it under `network.hosts` in the configuration of the server';

/** What the egress proxy refuses. */
export const egressError = defineErrors({
  EGRESS_REQUEST_INVALID: {
    message: 'The egress proxy cannot read the request `{request}`.',
    hint: 'Send `CONNECT host:port`, or requests for `http://` URLs.',
    status: 400,
  },
  EGRESS_SERVER_TLS: {
    message: 'Jobs cannot reach `{host}:{port}`, because another program terminates TLS for the server there.',
    hint: 'Use `{url}` in a sandbox, which is also in `CI_SERVER_URL`, `CI_API_V4_URL` and `S3_ENDPOINT_URL`.',
    status: 403,
  },
  EGRESS_HOST_REFUSED: {
    message: 'Jobs may not reach `{host}:{port}`, because the network policy does not list this host.',
    hint: `${LISTING}: \`- host: {host}\`.`,
    status: 403,
  },
  EGRESS_PORT_REFUSED: {
    message:
      'Jobs may not reach `{host}:{port}`, because the network policy lists this host only with the ports ' +
      '{ports}.',
    hint: `${LISTING} with its port: \`- { host: {host}, ports: [{port}] }\`.`,
    status: 403,
  },
  EGRESS_TRUST_REFUSED: {
    message: 'Jobs of forks may not reach `{host}:{port}`, because the network policy lists it for trusted jobs only.',
    hint: `${LISTING} with \`purpose: sources\`, unless its address is private.`,
    status: 403,
  },
  EGRESS_METHOD_REFUSED: {
    message: 'Jobs of forks may not send `{method}` to `{host}:{port}`.',
    hint: 'Use `GET` and `HEAD`, because jobs of forks may only download.',
    status: 403,
  },
  EGRESS_ADDRESS_REFUSED: {
    message: 'Jobs may not reach `{host}:{port}`, because its address {address} is {kind}.',
    hint:
      'If this is a mirror of the site, the operator can list its exact name with `allowPrivate: true`, for ' +
      'trusted jobs.',
    status: 403,
  },
  EGRESS_LIMIT_REACHED: {
    message:
      'The connection to `{host}:{port}` was closed, because a job of a fork may {direction} at most {bytes} ' +
      'bytes.',
    hint: 'The operator can raise `network.forkBytes`, which limits what jobs of forks may download.',
    status: 403,
  },
  EGRESS_UNREACHABLE: {
    message: '`{host}:{port}` cannot be reached from the server: {reason}.',
    hint: 'Check the name, and that the machine of the server can reach this host.',
    status: 502,
  },
  EGRESS_ROUTE_REFUSED: {
    message: 'Jobs may not use `{method} {path}` of the server.',
    hint:
      'Jobs can reach their repository, artifacts, mirrors, images and keys; see the guide to the network of ' +
      'jobs.',
    status: 403,
  },
});
