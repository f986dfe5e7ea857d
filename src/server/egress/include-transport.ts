import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as sendRequest } from 'node:https';
import { connect as secure } from 'node:tls';
import type { Socket } from 'node:net';
import { includeError, type Transport, type TransportRequest } from '../../includes/index.ts';
import { SlipwayError, messageOf, plainHost, readLimited } from '../../kit/index.ts';
import { checkAddresses, connectChecked, machineInternet, type Internet } from './internet.ts';
import type { SiteProxy } from './site-proxy.ts';

export interface IncludeNetwork {
  readonly siteProxy?: SiteProxy | undefined;
  readonly internet?: Internet;
  /** Certificates of issuers, in PEM, in place of those that Node.js trusts. */
  readonly ca?: string;
}

/**
 * Requests included texts under the rules of the egress proxy: a name is resolved once, all its addresses are checked,
 * and the connection goes to one of exactly these.
 */
export function includeTransport({ siteProxy, internet = machineInternet, ca }: IncludeNetwork): Transport {
  return async (request) => {
    const { url, headers, maxBytes, signal } = request;
    const host = plainHost(url.hostname);
    const socket = await openSocket(request, { siteProxy, internet }).catch((error: unknown) => {
      throw worded(error, host);
    });
    const close = () => socket.destroy();
    signal.addEventListener('abort', close, { once: true });
    try {
      const tls = secure({ socket, servername: host, ALPNProtocols: ['http/1.1'], ...(ca && { ca }) });
      const sent = sendRequest(url, {
        createConnection: () => tls,
        headers: { Host: url.host, 'User-Agent': 'slipway', 'Accept-Encoding': 'identity', ...headers },
        signal,
      });
      sent.end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const tooLarge = () =>
        includeError('INCLUDE_TOO_LARGE', { what: `\`${url.origin}${url.pathname}\``, limit: maxBytes });
      const body = await readLimited(answer, maxBytes, tooLarge);
      return { status: answer.statusCode ?? 0, headers: new Headers(headersOf(answer)), body };
    } catch (error) {
      throw worded(error, host);
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  };
}

async function openSocket(
  { url, allowPrivate }: TransportRequest,
  { siteProxy, internet }: { readonly siteProxy: SiteProxy | undefined; readonly internet: Internet },
): Promise<Socket> {
  const destination = { host: plainHost(url.hostname), port: Number(url.port || 443) };
  const scope = allowPrivate ? 'private' : 'public';
  if (siteProxy === undefined || allowPrivate) return connectChecked(destination, { internet, scope });
  // Where only the proxy of the site knows names, its own rules decide about addresses.
  checkAddresses(await internet.resolve(destination.host).catch(() => []), { destination, scope });
  return siteProxy.tunnel(destination, internet);
}

function headersOf({ rawHeaders }: IncomingMessage): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index] as string,
    rawHeaders[2 * index + 1] as string,
  ]);
}

/** The errors of the egress proxy are worded for jobs. */
function worded(error: unknown, host: string): unknown {
  if (!(error instanceof SlipwayError)) return includeError('INCLUDE_UNREACHABLE', { host, reason: messageOf(error) });
  const { code, details } = error;
  if (code === 'EGRESS_ADDRESS_REFUSED') return includeError('INCLUDE_ADDRESS_REFUSED', { ...details, host });
  if (code === 'EGRESS_UNREACHABLE') return includeError('INCLUDE_UNREACHABLE', { ...details, host });
  return error;
}
