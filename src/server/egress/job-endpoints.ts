import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpBindings, ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AuditEntry } from '../../audit/index.ts';
import type { ConnectedJob } from '../../executor/index.ts';
import { type SlipwayError, plainHost } from '../../kit/index.ts';
import { createHttpServer, type ListenOptions } from '../listen.ts';
import { egressError } from './egress-errors.ts';
import type { Destination } from './destination.ts';
import type { ServerAddress } from './server-address.ts';

interface JobEndpointsOptions extends Pick<ListenOptions, 'tls' | 'base'> {
  /** The whole server. */
  readonly fetch: Hono['fetch'];
  /** Address by which jobs know the server. */
  readonly address: ServerAddress;
  /** Records refusals in the audit log. */
  readonly audit?: ((entry: AuditEntry) => void) | undefined;
}

const READ = ['GET', 'HEAD'];
const ROUTES: readonly (readonly [methods: readonly string[], path: RegExp])[] = [
  [READ, /^\/(?:[^/]+\/)?[^/]+\.git\/info\/refs$/],
  [['POST'], /^\/(?:[^/]+\/)?[^/]+\.git\/git-upload-pack$/],
  [[...READ, 'PUT', 'POST', 'DELETE'], /^\/s3(?:\/|$)/],
  [READ, /^\/(?:mirrors|v2|keys)\//],
  [READ, /^\/v2$/],
  [READ, /^\/(?:\.well-known\/openid-configuration|oauth\/discovery\/keys|healthz)$/],
  [READ, /^\/api\/v4\/(?:job|(?:projects\/[^/]+\/)?jobs\/\d+\/artifacts)$/],
  [READ, /^\/api\/v1\/jobs\/\d+\/tested-locks$/],
];

/**
 * The routes of the server that jobs in a sandbox use. The others are refused, whatever token a job has: what people
 * see and do, and the requests by which a runner reports the log and the outcome of a job.
 */
export class JobEndpoints {
  readonly #address: ServerAddress;
  readonly #server: ServerType;

  /** By socket; with TLS a request has another one, and its job is not known. */
  readonly #jobs = new WeakMap<object, ConnectedJob>();

  constructor({ fetch, address, audit, ...options }: JobEndpointsOptions) {
    this.#address = address;
    this.#server = createHttpServer((request, env) => {
      const { pathname } = new URL(request.url);
      const { method } = request;
      if (isForJobs(method, pathname)) return fetch(request, env);
      const error = egressError('EGRESS_ROUTE_REFUSED', { method, path: pathname });
      const job = this.#jobs.get((env as HttpBindings).incoming.socket);
      audit?.(refusalOf(error, job));
      const { code, message, hint, status } = error;
      return Response.json({ code, message, hint }, { status });
    }, options);
  }

  /** Whether this is the address by which jobs know the server. */
  isAt({ host, port }: Destination): boolean {
    const { hostname, protocol, port: digits } = this.#address.url;
    const own = Number(digits || (protocol === 'https:' ? 443 : 80));
    return host === plainHost(hostname) && port === own;
  }

  /** Throws for the address of a program that speaks TLS for the server. */
  refuseTlsOf(destination: Destination): void {
    if (!this.#address.isTlsOf(destination)) return;
    throw egressError('EGRESS_SERVER_TLS', { ...destination, url: this.#address.url.origin });
  }

  /** Serves a connection of the job. */
  serve(socket: Duplex, job: ConnectedJob): void {
    this.#jobs.set(socket, job);
    this.#server.emit('connection', socket);
  }

  /** Answers a request that the proxy has read. */
  answer(
    request: IncomingMessage,
    { response, job }: { readonly response: ServerResponse; readonly job: ConnectedJob },
  ): void {
    this.#jobs.set(request.socket, job);
    this.#server.emit('request', request, response);
  }
}

function isForJobs(method: string, path: string): boolean {
  return ROUTES.some(([methods, pattern]) => methods.includes(method) && pattern.test(path));
}

function refusalOf({ message, details }: SlipwayError, job: ConnectedJob | undefined): AuditEntry {
  const about = {
    who: job === undefined ? 'anonymous' : `job:${job.id}`,
    action: 'network.request',
    stack: job?.project,
  };
  return { ...about, on: String(details['path']), outcome: 'refused', reason: message };
}
