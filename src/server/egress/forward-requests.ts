import type { Hono } from 'hono';
import { messageOf, type Logger } from '../../kit/index.ts';

/** Headers of one connection (RFC 9110, section 7.6.1), and what the client library does itself. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade', 'expect'];

/**
 * Returns what answers requests of jobs by passing them on to a server on another machine. An answer that does not come
 * is a 503, which clients of the mirror and git repeat.
 */
export function forwardRequests(server: string, log: Pick<Logger, 'warn'>): Hono['fetch'] {
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, body, signal } = request;
    const headers = without(request.headers, OF_CONNECTION);
    const streamed = body === null ? {} : { body, duplex: 'half' as const };
    try {
      const target = new URL(`${pathname}${search}`, server);
      const answer = await fetch(target, { method, headers, signal, redirect: 'manual', ...streamed });
      // What `fetch` has unpacked is not packed any more.
      const packed = answer.headers.has('content-encoding') ? ['content-encoding', 'content-length'] : [];
      const own = without(answer.headers, [...OF_CONNECTION, ...packed]);
      return new Response(answer.body, { status: answer.status, headers: own });
    } catch (error) {
      if (!signal.aborted) log.warn({ path: pathname, error: messageOf(error) }, 'the server did not answer a job');
      return Response.json({ message: 'The server does not answer.' }, { status: 503 });
    }
  };
}

function without(headers: Headers, names: readonly string[]): Headers {
  const kept = new Headers(headers);
  for (const name of names) kept.delete(name);
  return kept;
}
