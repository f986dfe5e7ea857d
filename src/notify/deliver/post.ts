import { once } from 'node:events';
import { request as sendRequest, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { plainHost, retryAfter } from '../../kit/index.ts';
import type { Attempt, Connect } from './connect.ts';

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

interface HttpAnswer {
  readonly status: number;
  /** The first characters of the body. */
  readonly text: string;
  /** Milliseconds to wait before the next attempt; 0 if the answer names no time. */
  readonly pause: number;
}

const TIMEOUT_MS = 20_000;
const LONGEST_ANSWER = 1000;

/** Sends JSON over a connection of `connect`. Redirections are not followed: nothing is sent elsewhere. */
export async function postJson(
  { url: address, headers, body }: HttpRequest,
  scope: Parameters<Connect>[1],
  { connect, signal: stopping }: Attempt,
): Promise<HttpAnswer> {
  const url = new URL(address);
  const isTls = url.protocol === 'https:';
  const host = plainHost(url.hostname);
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), stopping]);
  const socket = await connect({ host, port: Number(url.port || (isTls ? 443 : 80)) }, scope);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const channel = isTls ? connectTls({ socket, host, ...name }) : socket;
  try {
    const request = sendRequest({
      createConnection: () => channel,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        connection: 'close',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'slipway',
        ...headers,
      },
      signal,
    });
    // The request may also fail after the answer has begun.
    request.on('error', () => undefined).end(body);
    const [answer] = (await once(request, 'response', { signal })) as [IncomingMessage];
    const pause = retryAfter(new Headers({ 'retry-after': answer.headers['retry-after'] ?? '0' }));
    return { status: answer.statusCode ?? 0, text: await beginningOf(answer), pause };
  } finally {
    channel.destroy();
    socket.destroy();
  }
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length >= LONGEST_ANSWER) break;
  }
  return text.slice(0, LONGEST_ANSWER).trim();
}
