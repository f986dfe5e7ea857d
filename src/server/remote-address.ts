import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import type { ServerConfiguration } from '../coordinator/index.ts';

const VARIABLE = 'remoteAddress';

/** The part of Node's request that has the other end of the connection; absent for requests within this process. */
interface IncomingConnection {
  readonly socket?: { readonly remoteAddress?: string | undefined };
}

/** Where a listener is reached from: from this machine alone, or by others. */
export type ListenerReach = 'loopback' | 'network';

/** What a listener gives the app besides a request; nothing for requests within this process. */
interface ConnectionBindings {
  readonly incoming?: IncomingConnection;
  readonly listener?: ListenerReach;
}

/** Makes `addressOfRequest` believe the header of trusted proxies, on all routes after this. */
export function findAddresses(
  settings: Pick<ServerConfiguration, 'trustedProxies' | 'forwardedHeader'>,
): MiddlewareHandler {
  const proxies = addressList(settings.trustedProxies);
  const hopsOf = settings.forwardedHeader === 'Forwarded' ? forwardedHops : listedHops;
  return async (c, next) => {
    const peer = peerOf(c);
    const hops = peer !== undefined && isIn(proxies, peer) ? hopsOf(c.req.header(settings.forwardedHeader)) : [];
    c.set(VARIABLE, lastUntrusted([...hops, peer], proxies));
    await next();
  };
}

/** Returns the address that a request comes from; undefined for requests within this process. */
export function addressOfRequest(c: Context): string | undefined {
  return (c.get(VARIABLE) as string | undefined) ?? peerOf(c);
}

/** Returns the reach of the server’s own listener; undefined for connections of jobs, and within this process. */
export function listenerOf(c: Context): ListenerReach | undefined {
  return ((c.env ?? {}) as ConnectionBindings).listener;
}

function peerOf(c: Context): string | undefined {
  const { incoming } = (c.env ?? {}) as ConnectionBindings;
  return plain(incoming?.socket?.remoteAddress);
}

/**
 * Each proxy appends the address that it was connected from. Returns the last one that is not a trusted proxy's: a
 * client can write anything before it. Where a proxy hides the address, its own is returned.
 */
function lastUntrusted(hops: readonly (string | undefined)[], proxies: BlockList): string | undefined {
  let found: string | undefined;
  for (const hop of hops.toReversed()) {
    if (hop === undefined) return found;
    found = hop;
    if (!isIn(proxies, hop)) return found;
  }
  return found;
}

/** `X-Forwarded-For: 192.0.2.7, 10.0.0.1`; some proxies add ports. */
function listedHops(header: string | undefined): readonly (string | undefined)[] {
  return header === undefined ? [] : header.split(',').map((hop) => addressIn(hop.trim()));
}

/** RFC 7239: `for=192.0.2.7;proto=https, for="[2001:db8::1]:4711"`. An address contains no comma. */
function forwardedHops(header: string | undefined): readonly (string | undefined)[] {
  if (header === undefined) return [];
  return header
    .split(',')
    .map((hop) => addressIn(/(?:^|;)\s*for=("?)([^";]*)\1\s*(?:;|$)/i.exec(hop.trim())?.[2] ?? ''));
}

function addressIn(hop: string): string | undefined {
  const [, address = hop] = /^\[([^\]]*)\](?::\d+)?$/.exec(hop) ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(hop) ?? [];
  return isIP(address) === 0 ? undefined : plain(address);
}

/** An IPv4 address that is written as one of IPv6 is the same. */
function plain(address: string | undefined): string | undefined {
  return address?.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}

function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    list.addSubnet(address, bits === undefined ? (isIPv6(address) ? 128 : 32) : Number(bits), familyOf(address));
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
