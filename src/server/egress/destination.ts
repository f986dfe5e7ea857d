import { egressError } from './egress-errors.ts';

export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, where an IPv6 address is in brackets. The name is in small letters and without a final dot. */
export function readAuthority(authority: string): Destination {
  const [, bracketed, name, digits] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(authority) ?? [];
  const host = (bracketed ?? name?.replace(/\.$/, ''))?.toLowerCase();
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535)
    throw egressError('EGRESS_REQUEST_INVALID', { request: shown(authority) });
  return { host, port };
}

/** Returns what a client sent in a form that fits into a message. */
export function shown(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 200);
}
