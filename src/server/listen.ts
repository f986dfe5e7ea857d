import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { isIPv4, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createAdaptorServer, type HttpBindings, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import { messageOf, plainHost } from '../kit/index.ts';
import { serverError } from './errors.ts';
import { OpenAnswers } from './open-answers.ts';
import type { ListenerReach } from './remote-address.ts';

export interface ListenOptions {
  /** `host:port`, where port 0 takes a free one, or `unix:<path>`. */
  readonly address: string;
  /** Descriptor of a bound socket to listen on instead of a new one. */
  readonly fd?: number;
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Folder that relative paths of `tls` start from. */
  readonly base?: string;
}

export interface Listener {
  /** URL of the address, or `unix:<path>`. */
  readonly url: string;
  /** By the address that is bound, which may differ from the configured one. */
  readonly reach: ListenerReach;
  /** Resolves when the PUT and PATCH requests that came so far, which report on jobs, have been answered. */
  answered(): Promise<void>;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

const REPORTS = new Set(['PUT', 'PATCH']);

/** Serves the app at an address. Throws SERVER_PORT_IN_USE or SERVER_ADDRESS_UNUSABLE. */
export async function listen(app: Hono, options: ListenOptions): Promise<Listener> {
  const { host, port } = splitAddress(options.address);
  const path = /^unix:(.+)$/.exec(options.address)?.[1];
  let reach: ListenerReach = 'network';
  const reports = new OpenAnswers();
  const server = createHttpServer((request, env) => {
    if (REPORTS.has(request.method)) reports.add((env as HttpBindings).outgoing);
    return app.fetch(request, Object.assign({}, env, { listener: reach }));
  }, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, options.address)));
    if (options.fd !== undefined) server.listen({ fd: options.fd }, resolve);
    else server.listen(path === undefined ? { port, host } : { path }, resolve);
  });
  const bound = server.address();
  if (bound !== null && typeof bound === 'object' && isLoopbackAddress(bound.address)) reach = 'loopback';
  return {
    url: path === undefined ? urlOf(bound as AddressInfo, options) : options.address,
    reach,
    answered: () => reports.done(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function urlOf(bound: AddressInfo, { address, tls }: ListenOptions): string {
  const { host, port } = splitAddress(address);
  // A socket that was bound before may have another address than the configured one.
  const name = port === 0 || port === bound.port ? host : bound.address;
  return `${tls === undefined ? 'http' : 'https'}://${name.includes(':') ? `[${name}]` : name}:${bound.port}`;
}

/** Returns a server for HTTP, or for HTTPS where there are TLS files. It listens nowhere yet. */
export function createHttpServer(fetch: Hono['fetch'], options: Pick<ListenOptions, 'tls' | 'base'>): ServerType {
  return createAdaptorServer({ fetch, ...tlsOptions(options) });
}

/** Whether only programs of this machine reach an IP address. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** Returns the parts of `host:port`, where an IPv6 address may be in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const split = address.lastIndexOf(':');
  return { host: plainHost(address.slice(0, split)), port: Number(address.slice(split + 1)) };
}

function tlsOptions({ tls, base = '' }: Pick<ListenOptions, 'tls' | 'base'>): object {
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
