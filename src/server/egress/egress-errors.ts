import { defineErrors } from '../../kit/index.ts';

const LISTING = 'The operator can list it under `network.hosts` in the configuration of the server';

/** What the egress proxy refuses. */
export const egressError = defineErrors({
  EGRESS_REQUEST_INVALID: {
    message: 'The egress proxy cannot read the request `{request}`',
    hint: 'It serves `CONNECT host:port`, and requests for `http://` URLs.',
    status: 400,
  },
  EGRESS_SERVER_TLS: {
    message: 'Jobs may not reach `{host}:{port}`: another program speaks TLS for the server there',
    hint: 'In a sandbox the server is at `{url}`, as in `CI_SERVER_URL`, `CI_API_V4_URL` and `S3_ENDPOINT_URL`.',
    status: 403,
  },
  EGRESS_HOST_REFUSED: {
    message: 'Jobs may not reach `{host}:{port}`: no entry of the network policy names this host',
    hint: `${LISTING}: \`- host: {host}\`.`,
    status: 403,
  },
  EGRESS_PORT_REFUSED: {
    message: 'Jobs may not reach `{host}:{port}`: the network policy lists this host with the ports {ports}',
    hint: `${LISTING} with its port: \`- { host: {host}, ports: [{port}] }\`.`,
    status: 403,
  },
  EGRESS_TRUST_REFUSED: {
    message: 'Jobs of forks may not reach `{host}:{port}`: the network policy lists it for trusted jobs only',
    hint: `${LISTING} with \`purpose: sources\`, unless its address is private.`,
    status: 403,
  },
  EGRESS_METHOD_REFUSED: {
    message: 'Jobs of forks may not send `{method}` to `{host}:{port}`',
    hint: 'They only download, with `GET` and `HEAD`.',
    status: 403,
  },
  EGRESS_ADDRESS_REFUSED: {
    message: 'Jobs may not reach `{host}:{port}`: its address {address} is {kind}',
    hint: 'If this is a mirror inside the site, the operator can list its exact name with `allowPrivate: true`, for trusted jobs.',
    status: 403,
  },
  EGRESS_LIMIT_REACHED: {
    message: 'The connection to `{host}:{port}` was cut: a job of a fork may {direction} at most {bytes} bytes',
    hint: 'The operator can raise `network.forkBytes`, which bounds what jobs of forks download.',
    status: 403,
  },
  EGRESS_UNREACHABLE: {
    message: '`{host}:{port}` cannot be reached from the server: {reason}',
    hint: 'Check the name, and whether the server’s machine reaches this host.',
    status: 502,
  },
  EGRESS_ROUTE_REFUSED: {
    message: 'Jobs may not use `{method} {path}` of the server',
    hint: 'Jobs reach their repository, their artifacts, mirrors, images and keys; see the guide to the network of jobs.',
    status: 403,
  },
});
