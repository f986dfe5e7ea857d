import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { messageOf } from '../../kit/index.ts';
import { refusedKind } from './address-kind.ts';
import type { Destination } from './destination.ts';
import { egressError } from './egress-errors.ts';

/** Names and connections of the server's machine; tests have their own. */
export interface Internet {
  /** Returns all addresses of a host. */
  resolve(host: string): Promise<readonly string[]>;
  connect(address: string, port: number): Promise<Socket>;
}

/** Which addresses of a host may be connected to; `site` are private ones and those of this machine. */
type AddressScope = 'public' | 'private' | 'site';

const CONNECT_TIMEOUT_MS = 15_000;

interface ScopedInternet {
  readonly internet: Internet;
  readonly scope: AddressScope;
}

/** Resolves a name once, checks all its addresses, and connects to one of exactly these. */
export async function connectChecked(destination: Destination, { internet, scope }: ScopedInternet): Promise<Socket> {
  const { host, port } = destination;
  const addresses = await internet.resolve(host).catch((error: unknown) => {
    throw egressError('EGRESS_UNREACHABLE', { host, port, reason: messageOf(error) });
  });
  checkAddresses(addresses, { destination, scope });
  let reason = 'it has no address';
  for (const address of addresses) {
    try {
      return await internet.connect(address, port);
    } catch (error) {
      reason = messageOf(error);
    }
  }
  throw egressError('EGRESS_UNREACHABLE', { host, port, reason });
}

/** Throws EGRESS_ADDRESS_REFUSED if one of the addresses is out of scope. */
export function checkAddresses(
  addresses: readonly string[],
  { destination: { host, port }, scope }: { readonly destination: Destination; readonly scope: AddressScope },
): void {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  for (const address of addresses) {
    const kind = refusedKind(address, { allowPrivate: scope !== 'public', allowOwn: scope === 'site', own });
    if (kind !== undefined) throw egressError('EGRESS_ADDRESS_REFUSED', { host, port, address, kind });
  }
}

export const machineInternet: Internet = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  connect: (host, port) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS, allowHalfOpen: true });
      socket.once('timeout', () => socket.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`)));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.removeAllListeners('timeout');
        resolve(socket);
      });
    }),
};
