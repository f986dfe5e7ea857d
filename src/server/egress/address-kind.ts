import ipaddr from 'ipaddr.js';

/** Ranges of addresses in which a site has its own machines. */
const PRIVATE = new Set<string>(['private', 'uniqueLocal', 'carrierGradeNat', 'reserved']);
/** Metadata services in ranges that are public (Azure) or can be allowed (Oracle, Alibaba, AWS, Google). */
const METADATA = new Set(['168.63.129.16', '192.0.0.192', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']);

const KINDS: Readonly<Record<string, string>> = {
  carrierGradeNat: 'in the range of carrier-grade NAT',
  linkLocal: 'link-local',
  uniqueLocal: 'private (unique local)',
};

interface AddressRules {
  readonly allowPrivate: boolean;
  /** Whether addresses that lead back to this machine are allowed too. */
  readonly allowOwn?: boolean;
  /** Addresses of this machine. */
  readonly own: readonly string[];
}

/**
 * Returns in words why nothing may be connected to an address; undefined for addresses of the public internet, and for
 * private ones if these are allowed. An address that stands for another one (mapped to IPv6, 6to4, NAT64) is judged by
 * the other one, or refused.
 */
export function refusedKind(
  address: string,
  { allowPrivate, allowOwn = false, own }: AddressRules,
): string | undefined {
  const parsed = ipaddr.process(address);
  const kind = parsed.range();
  if (METADATA.has(parsed.toString())) return 'a metadata service';
  if (allowOwn && kind === 'loopback') return undefined;
  if (allowPrivate && (PRIVATE.has(kind) || kind === 'unicast')) return undefined;
  if (kind !== 'unicast') return KINDS[kind] ?? kind;
  const isOwn = own.some((one) => ipaddr.process(one).toString() === parsed.toString());
  return isOwn ? 'that of the server’s machine' : undefined;
}
