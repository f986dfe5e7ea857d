import type { Context } from 'hono';

/** The part of Node's request that tells the other end of the connection; absent for requests within this process. */
interface IncomingConnection {
  readonly socket?: { readonly remoteAddress?: string | undefined };
}

/** Returns the address at the other end of the connection. A proxy in between has its own address here. */
export function remoteAddress(incoming: IncomingConnection | undefined): string | undefined {
  return incoming?.socket?.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '');
}

export function addressOfRequest(c: Context): string | undefined {
  return remoteAddress(((c.env ?? {}) as { incoming?: IncomingConnection }).incoming);
}
