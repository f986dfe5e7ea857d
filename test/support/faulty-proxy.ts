import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request: it may be carried out or not, and its answer may arrive or not. */
export const faultKinds = ['refused', 'dropped', 'lost', 'truncated', 'delayed'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultyProxyOptions {
  /** `http://127.0.0.1:<port>` */
  readonly target: string;
  readonly seed: number;
  /** Share of requests that meet a fault, from 0 to 1. */
  readonly share: number;
}

export interface FaultyProxy {
  readonly endpoint: string;
  /** How many requests met each fault. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly requests: number;
  stop(): Promise<void>;
}

const statuses = [500, 503, 429] as const;

/**
 * A proxy for HTTP that answers 500, 503 or 429, drops connections before a request is passed on or after it was
 * carried out (`lost`), cuts answers off, and lets some wait, as a seeded generator says. `Host` is passed on as it
 * came, so that signatures hold.
 */
export async function startFaultyProxy({ target, seed, share }: FaultyProxyOptions): Promise<FaultyProxy> {
  const random = generator(seed);
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const kind = random() < share ? (faultKinds[Math.floor(random() * faultKinds.length)] as FaultKind) : undefined;
    if (kind !== undefined) faults[kind] += 1;
    if (kind === 'refused') refuse(request, response, statuses[Math.floor(random() * 3)] as number);
    else if (kind === 'dropped') request.socket.destroy();
    else if (kind === 'delayed') setTimeout(() => pass(target, request, { response }), random() * 50);
    else pass(target, request, { response, kind });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    get requests() {
      return requests;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume().on('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end('<Error><Code>SlowDown</Code><Message>made by the proxy</Message></Error>');
  });
}

function pass(
  target: string,
  request: IncomingMessage,
  { response, kind }: { response: ServerResponse; kind?: FaultKind },
): void {
  const { method = 'GET', url = '/', headers } = request;
  const upstream = send(new URL(url, target), { method, headers, setHost: false }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = Buffer.concat(chunks);
      if (kind === 'lost' || (kind === 'truncated' && body.length === 0)) return request.socket.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (kind !== 'truncated') return response.end(body);
      return response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy());
    });
  });
  upstream.on('error', () => request.socket.destroy());
  request.pipe(upstream);
}

/** Mulberry32: small, fast, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
