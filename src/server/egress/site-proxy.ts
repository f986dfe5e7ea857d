import { once } from 'node:events';
import { request as sendRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf, plainHost } from '../../kit/index.ts';
import type { Destination } from './destination.ts';
import { egressError } from './egress-errors.ts';
import type { Internet } from './internet.ts';

/** Returns the proxy of the site that the configuration names, or else the environment of the server. */
export function siteProxyOf(proxy: string | undefined, env: NodeJS.ProcessEnv): SiteProxy | undefined {
  const site = proxy ?? (env['https_proxy'] || env['HTTPS_PROXY'] || undefined);
  return site === undefined ? undefined : new SiteProxy(site.includes('://') ? site : `http://${site}`);
}

/** A proxy of the site, where the server's machine reaches other hosts through that alone. */
export class SiteProxy {
  /** Headers of every request to the proxy: name, value. */
  readonly headers: readonly string[];
  readonly #url: URL;

  constructor(address: string) {
    this.#url = new URL(address);
    const { username, password } = this.#url;
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    this.headers = username === '' ? [] : ['Proxy-Authorization', `Basic ${credentials.toString('base64')}`];
  }

  /** Connects to the proxy itself, for requests that name a whole URL. */
  async connect(internet: Internet): Promise<Socket> {
    const { hostname, port } = this.#url;
    const host = plainHost(hostname);
    try {
      const [address = host] = await internet.resolve(host);
      return await internet.connect(address, Number(port || 80));
    } catch (error) {
      throw egressError('EGRESS_UNREACHABLE', { host, port, reason: `the proxy of the site: ${messageOf(error)}` });
    }
  }

  /** Returns a connection to another host. */
  async tunnel({ host, port }: Destination, internet: Internet): Promise<Socket> {
    const socket = await this.connect(internet);
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const headers = ['Host', target, ...this.headers];
    const request = sendRequest({ createConnection: () => socket, method: 'CONNECT', path: target, headers });
    request.on('error', () => undefined).end();
    const [response, opened, head] = (await once(request, 'connect').catch((error: unknown) => {
      throw egressError('EGRESS_UNREACHABLE', { host, port, reason: `the proxy of the site: ${messageOf(error)}` });
    })) as [IncomingMessage, Socket, Buffer];
    if (response.statusCode !== 200) {
      opened.destroy();
      throw egressError('EGRESS_UNREACHABLE', {
        host,
        port,
        reason: `the proxy of the site answers ${response.statusCode}`,
      });
    }
    if (head.length > 0) opened.unshift(head);
    return opened;
  }
}
