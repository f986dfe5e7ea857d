import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Internet } from '../../src/server/egress/internet.ts';

const PUBLIC = '93.184.216.34';
const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

/** Hosts of an internet of the test's own: one server with TLS, which all names and addresses lead to. */
export interface IncludeHosts {
  /** Answers by URL without the scheme; others do not exist. */
  readonly pages: Record<string, string | RequestListener>;
  /** Addresses of names that are not public. */
  readonly addresses: Record<string, readonly string[]>;
  /** What was requested: `host/path`, with its headers. */
  readonly requests: { readonly page: string; readonly headers: Readonly<Record<string, string | undefined>> }[];
  readonly internet: Internet;
  readonly ca: string;
  close(): void;
}

export async function includeHosts(): Promise<IncludeHosts> {
  const hosts: Pick<IncludeHosts, 'pages' | 'addresses' | 'requests'> = { pages: {}, addresses: {}, requests: [] };
  const tls = { cert: fixture('names'), key: fixture('names-key') };
  const server = createServer(tls, (request, response) => {
    const page = `${request.headers.host}${request.url}`;
    hosts.requests.push({ page, headers: request.headers as Record<string, string | undefined> });
    const found = hosts.pages[page];
    if (typeof found === 'function') found(request, response);
    else response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const internet: Internet = {
    resolve: async (host) => hosts.addresses[host] ?? [PUBLIC],
    connect: async () => {
      const socket = connect({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      return socket;
    },
  };
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { ...hosts, internet, ca: tls.cert, close };
}

/** The same, closed at the end of the test. */
export async function openIncludeHosts(): Promise<IncludeHosts> {
  const hosts = await includeHosts();
  onTestFinished(() => hosts.close());
  return hosts;
}
