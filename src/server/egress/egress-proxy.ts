import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AuditEntry } from '../../audit/index.ts';
import type { ConnectedJob } from '../../executor/index.ts';
import { SlipwayError, messageOf, type Logger } from '../../kit/index.ts';
import { readAuthority, shown } from './destination.ts';
import { egressError } from './egress-errors.ts';
import { isTrusted, type EgressPolicy } from './egress-policy.ts';
import { EgressUsage } from './egress-usage.ts';
import { endToEnd } from './end-to-end.ts';
import { machineInternet, type Internet } from './internet.ts';
import type { JobEndpoints } from './job-endpoints.ts';
import { joinStreams } from './join-streams.ts';
import { openUpstream, type Connection, type UpstreamRules } from './open-upstream.ts';
import type { SiteProxy } from './site-proxy.ts';

interface EgressProxyOptions {
  readonly policy: EgressPolicy;
  readonly endpoints: JobEndpoints;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Connects to hosts with public addresses. */
  readonly siteProxy?: SiteProxy | undefined;
  readonly internet?: Internet;
  /** Records refusals in the audit log. */
  readonly audit?: ((entry: AuditEntry) => void) | undefined;
}

/**
 * The HTTP proxy by which jobs in a sandbox reach other hosts. It resolves a name once, checks every address, and
 * connects to exactly these. The server itself is answered here, not connected to.
 */
export class EgressProxy {
  readonly #options: EgressProxyOptions;
  readonly #http = createServer((request, response) => void this.#forward(request, response));
  readonly #jobs = new WeakMap<Duplex, ConnectedJob>();
  readonly #usage: EgressUsage;
  readonly #rules: UpstreamRules;

  constructor(options: EgressProxyOptions) {
    const { policy, siteProxy, internet = machineInternet } = options;
    this.#options = options;
    this.#usage = new EgressUsage(policy.forkBytes);
    this.#rules = { policy, siteProxy, internet, usage: this.#usage };
    this.#http.on('connect', (request, socket, head) => void this.#tunnel(request, socket, head));
  }

  /** Serves a connection that a process of the job has opened. */
  serve(socket: Socket, job: ConnectedJob): void {
    this.#jobs.set(socket, job);
    this.#http.emit('connection', socket);
  }

  async #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const job = this.#jobs.get(socket) as ConnectedJob;
    socket.on('error', () => undefined);
    try {
      const destination = readAuthority(request.url ?? '');
      const { endpoints } = this.#options;
      endpoints.refuseTlsOf(destination);
      const upstream = endpoints.isAt(destination)
        ? undefined
        : (await openUpstream({ destination, job }, 'tunnel', this.#rules)).socket;
      if (upstream !== undefined) this.#usage.add({ destination, job, direction: 'send' }, head.length);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (upstream === undefined) {
        if (head.length > 0) socket.unshift(head);
        endpoints.serve(socket, job);
        return;
      }
      // Nothing can be put back into a socket whose other end has sent everything.
      upstream.write(head);
      this.#count(socket, { destination, job, direction: 'send', peer: upstream });
      this.#count(upstream, { destination, job, direction: 'download', peer: socket });
      joinStreams(socket, upstream);
    } catch (error) {
      const { status, body } = this.#refuse(error, job);
      const type = 'Content-Type: text/plain\r\nConnection: close';
      socket.end(`HTTP/1.1 ${status} Refused\r\n${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const job = this.#jobs.get(request.socket) as ConnectedJob;
    try {
      const url = readTarget(request);
      const destination = readAuthority(`${url.host}${url.port === '' ? ':80' : ''}`);
      this.#options.endpoints.refuseTlsOf(destination);
      if (this.#options.endpoints.isAt(destination)) {
        request.url = `${url.pathname}${url.search}`;
        this.#options.endpoints.answer(request, { response, job });
        return;
      }
      const { method = '' } = request;
      if (!isTrusted(job.trust) && method !== 'GET' && method !== 'HEAD')
        throw egressError('EGRESS_METHOD_REFUSED', { ...destination, method });
      await this.#fetch({ url, request, response }, { destination, job });
    } catch (error) {
      const { status, body } = this.#refuse(error, job);
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' }).end(body);
    }
  }

  /** Sends the request on, and the answer back. What the job of a fork sends has no body. */
  async #fetch({ url, request, response }: ForwardedRequest, connection: Connection): Promise<void> {
    const { rawHeaders, method } = request;
    const { socket: upstream, isSiteProxy } = await openUpstream(connection, 'request', this.#rules);
    response.on('error', () => undefined).once('close', () => upstream.destroy());
    if (response.destroyed) upstream.destroy();
    this.#count(upstream, { ...connection, direction: 'download', peer: request.socket });
    const hasBody = isTrusted(connection.job.trust);
    const headers = ['Host', url.host, 'Connection', 'close', ...endToEnd(rawHeaders, { hasBody })];
    this.#usage.add({ ...connection, direction: 'send' }, url.href.length + headers.join().length);
    const path = isSiteProxy ? url.href : `${url.pathname}${url.search}`;
    if (isSiteProxy) headers.push(...(this.#rules.siteProxy?.headers ?? []));
    const sent = sendRequest({ createConnection: () => upstream, method, path, headers, setHost: false });
    // It may also fail when the answer has begun.
    sent.on('error', () => response.headersSent && response.destroy());
    if (hasBody) request.pipe(sent);
    else sent.end();
    const [answer] = (await once(sent, 'response').catch((error: unknown) => {
      throw egressError('EGRESS_UNREACHABLE', { ...connection.destination, reason: messageOf(error) });
    })) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders, { hasBody: true }));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  }

  /** Counts what comes from a stream, and ends both ends of the connection at the limit. */
  #count(stream: Duplex, { peer, ...transfer }: Connection & { direction: 'send' | 'download'; peer: Duplex }): void {
    stream.on('data', (bytes: Buffer) => {
      try {
        this.#usage.add(transfer, bytes.length);
      } catch (error) {
        this.#refuse(error, transfer.job);
        stream.destroy();
        peer.destroy();
      }
    });
  }

  /** Reports a refusal to the log of the server and, once, to that of the job. */
  #refuse(error: unknown, job: ConnectedJob): { readonly status: number; readonly body: string } {
    const { log, audit } = this.#options;
    if (!(error instanceof SlipwayError)) {
      log.error({ err: error, job: job.id }, 'egress proxy failed');
      return { status: 500, body: 'error: The egress proxy failed\n' };
    }
    const { code, message, hint = '', status } = error;
    if (status === 403) audit?.(refusalOf(error, job));
    if (this.#usage.isNew(job, message)) {
      log.warn({ job: job.id, trust: job.trust, code }, message);
      job.print(`${message}. ${hint}`);
    }
    return { status, body: `error: ${message}\nhint: ${hint}\n` };
  }
}

interface ForwardedRequest {
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function refusalOf({ message, code, details }: SlipwayError, { id, project }: ConnectedJob): AuditEntry {
  const { host, port } = details;
  const about = { who: `job:${id}`, action: 'network.connect', stack: project, on: `${host}:${port}` };
  return { ...about, outcome: 'refused', reason: message, details: { code } };
}

function readTarget({ url = '', method = '' }: IncomingMessage): URL {
  const target = /^http:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (target === undefined) throw egressError('EGRESS_REQUEST_INVALID', { request: `${method} ${shown(url)}` });
  return target;
}
