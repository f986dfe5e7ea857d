import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { serverError } from './errors.ts';
import { splitAddress } from './listen.ts';

/** A bound TCP socket, on which another process listens that gets the descriptor. */
export interface BoundSocket {
  readonly fd: number;
  close(): void;
}

/** The part of Node that its `cluster` module shares sockets with; a `net.Server` would accept connections itself. */
interface SharedSockets {
  _createServerHandle(host: string, port: number, family: number, fd: number, flags: number): SocketHandle | number;
}

interface SocketHandle extends BoundSocket {
  /** Zero, or the number of an error. */
  getsockname(name: object): number;
}

/**
 * Binds `host:port`. Throws SERVER_PORT_IN_USE or SERVER_ADDRESS_UNUSABLE. Once a process has listened on the socket, the kernel queues connections for as long as it is
 * open.
 */
export async function bindSocket(address: string): Promise<BoundSocket> {
  const { host, port } = splitAddress(address);
  const found = await lookup(host);
  const handle = (net as unknown as SharedSockets)._createServerHandle(found.address, port, found.family, -1, 0);
  // libuv reports an error of bind(2) only with the next operation on the socket.
  const failure = typeof handle === 'number' ? handle : handle.getsockname({});
  if (typeof handle !== 'number' && failure === 0) return handle;
  if (typeof handle !== 'number') handle.close();
  const name = getSystemErrorName(failure);
  if (name === 'EADDRINUSE') throw serverError('SERVER_PORT_IN_USE', { address });
  throw serverError('SERVER_ADDRESS_UNUSABLE', { address, reason: `bind ${name}` });
}
