import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { messageOf } from '../kit/index.ts';
import { serverError } from './errors.ts';

export interface ListenOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Descriptor of a bound socket to listen on instead of a new one. */
  readonly fd?: number;
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Folder that relative paths of `tls` start from. */
  readonly base?: string;
}

export interface Listener {
  /** URL of the address that is listened on. */
  readonly url: string;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** Serves the app at an address; a port that is taken, or an address that is not ours, is an error that says so. */
export async function listen(app: Hono, options: ListenOptions): Promise<Listener> {
  const { host, port } = splitAddress(options.address);
  const server = createAdaptorServer({ fetch: app.fetch, ...tlsOptions(options) });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, options.address)));
    if (options.fd === undefined) server.listen(port, host, resolve);
    else server.listen({ fd: options.fd }, resolve);
  });
  const bound = server.address() as AddressInfo;
  // A socket that somebody else bound need not be where the configuration says.
  const name = port === 0 || port === bound.port ? host : bound.address;
  const shown = name.includes(':') ? `[${name}]` : name;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${shown}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

/** The parts of `host:port`, where an IPv6 address may be in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const split = address.lastIndexOf(':');
  return { host: address.slice(0, split).replace(/^\[|\]$/g, ''), port: Number(address.slice(split + 1)) };
}

function tlsOptions({ tls, base = '' }: ListenOptions): object {
  if (tls === undefined) return {};
  try {
    return {
      createServer: createTlsServer,
      serverOptions: { cert: readFileSync(resolve(base, tls.certificate)), key: readFileSync(resolve(base, tls.key)) },
    };
  } catch (error) {
    throw serverError('SERVER_TLS_UNREADABLE', { reason: messageOf(error) }, { cause: error });
  }
}

function listenFailure(error: NodeJS.ErrnoException, address: string): Error {
  if (error.code === 'EADDRINUSE') return serverError('SERVER_PORT_IN_USE', { address }, { cause: error });
  return serverError('SERVER_ADDRESS_UNUSABLE', { address, reason: messageOf(error) }, { cause: error });
}
