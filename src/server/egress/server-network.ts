import { isIP } from 'node:net';
import type { Hono } from 'hono';
import type { AuditEntry } from '../../audit/index.ts';
import type { ServerSettings } from '../../coordinator/index.ts';
import type { JobNetwork } from '../../executor/index.ts';
import { type Logger, plainHost } from '../../kit/index.ts';
import { EgressPolicy } from './egress-policy.ts';
import { EgressProxy } from './egress-proxy.ts';
import type { Internet } from './internet.ts';
import { JobEndpoints } from './job-endpoints.ts';
import { serverAddress } from './server-address.ts';
import { siteProxyOf } from './site-proxy.ts';
import { sshCommand } from './ssh-connector.ts';

interface ServerNetworkOptions {
  readonly settings: {
    readonly configuration: Pick<ServerSettings['configuration'], 'network' | 'tls'> &
      Partial<Pick<ServerSettings['configuration'], 'hosts'>>;
    readonly base?: string;
  };
  /** URL by which jobs know the server. */
  readonly url: string;
  /** Answers requests to the server. */
  readonly fetch: Hono['fetch'];
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Variables of the server, which may name the proxy of the site. */
  readonly env?: NodeJS.ProcessEnv;
  readonly internet?: Internet;
  readonly audit?: (entry: AuditEntry) => void;
}

type Listeners = JobNetwork['listeners'];

const PROXY_PORTS = [3128, 3129];
const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/**
 * Returns what jobs in a sandbox reach: a proxy and, where the server's address is of the loopback interface, the
 * server at that same address. At any other address it is reached through the proxy.
 */
export function serverNetwork({
  settings,
  url,
  fetch,
  log,
  internet,
  audit,
  env = {},
}: ServerNetworkOptions): JobNetwork {
  const { configuration, base } = settings;
  const address = serverAddress(url, { hasTls: configuration.tls !== undefined, hosts: configuration.hosts });
  const endpoints = new JobEndpoints({ fetch, address, tls: configuration.tls, base, audit });
  const policy = new EgressPolicy(configuration.network);
  const siteProxy = siteProxyOf(configuration.network.proxy, env);
  const proxy = new EgressProxy({
    policy,
    endpoints,
    log,
    siteProxy,
    audit,
    ...(internet === undefined ? {} : { internet }),
  });
  const local = localListeners(address.url);
  const port = PROXY_PORTS.find((one) => local.every((other) => other.port !== one)) as number;
  const [proxyUrl, direct] = [`http://127.0.0.1:${port}`, [...LOOPBACK, ...local.map(({ host }) => host)]];
  const variables = { http_proxy: proxyUrl, https_proxy: proxyUrl, no_proxy: [...new Set(direct)].join(',') };
  return {
    listeners: [{ name: 'proxy', host: '127.0.0.1', port }, ...local],
    variables: Object.fromEntries(
      Object.entries(variables).flatMap(([name, value]) => [
        [name, value],
        [name.toUpperCase(), value],
      ]),
    ),
    defaults: { GIT_SSH_COMMAND: sshCommand },
    adapt: address.adapt,
    serve: (socket, { listener, job }) => {
      if (listener === 'proxy') proxy.serve(socket, job);
      else endpoints.serve(socket, job);
    },
  };
}

/** The addresses of a URL, if they are of the loopback interface; a URL may also name the address of all interfaces. */
function localListeners({ hostname, port: digits, protocol }: URL): Listeners {
  const host = plainHost(hostname);
  const port = Number(digits || (protocol === 'https:' ? 443 : 80));
  const at = (address: string) => ({ name: 'server', host: address, port });
  if (host === 'localhost') return [at('127.0.0.1'), { ...at('::1'), isOptional: true }];
  const isLocal = host.startsWith('127.') || ['0.0.0.0', '::', '::1'].includes(host);
  return isIP(host) !== 0 && isLocal ? [at(host)] : [];
}
