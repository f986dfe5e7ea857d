import type { NetworkConfiguration, NetworkHost } from '../../coordinator/index.ts';
import type { ConnectedJob } from '../../executor/index.ts';
import { defaultHosts } from './default-hosts.ts';
import type { Destination } from './destination.ts';
import { egressError } from './egress-errors.ts';

/** The entry that permits a connection. */
type Permission = Pick<NetworkHost, 'purpose' | 'allowPrivate'>;

/** A name with a last part that no program can read as a number: `127.1` and `0x7f000001` are addresses. */
const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PORTS = { sources: [80, 443], git: [22, 443] };

/** Decides by name and port which hosts a job may reach; what they resolve to is checked afterwards. */
export class EgressPolicy {
  readonly forkBytes: number;
  readonly #entries: readonly NetworkHost[];

  constructor({ hosts, defaultHosts: hasDefaults, forkBytes }: NetworkConfiguration) {
    // An entry of the operator for the same host comes first.
    this.#entries = [...hosts, ...(hasDefaults ? defaultHosts : [])];
    this.forkBytes = forkBytes;
  }

  /** Throws `EGRESS_…_REFUSED` unless an entry permits it. */
  permit({ host, port }: Destination, { trust }: Pick<ConnectedJob, 'trust'>): Permission {
    const named = this.#entries.filter((entry) => matches(entry.host, host));
    if (named.length === 0) throw egressError('EGRESS_HOST_REFUSED', { host, port });
    const fitting = named.filter((entry) => portsOf(entry).includes(port));
    if (fitting.length === 0) {
      const ports = [...new Set(named.flatMap(portsOf))].toSorted((one, other) => one - other).join(', ');
      throw egressError('EGRESS_PORT_REFUSED', { host, port, ports });
    }
    const open = fitting.filter((entry) => isTrusted(trust) || (entry.purpose === 'sources' && !entry.allowPrivate));
    const [permission] = open.toSorted((one, other) => Number(other.allowPrivate) - Number(one.allowPrivate));
    if (permission === undefined) throw egressError('EGRESS_TRUST_REFUSED', { host, port });
    return permission;
  }
}

/** Whether the job is of a protected ref or of the team. */
export function isTrusted(trust: ConnectedJob['trust']): boolean {
  return trust === 'protected' || trust === 'pull-request';
}

function portsOf({ ports, purpose }: NetworkHost): readonly number[] {
  return ports ?? PORTS[purpose];
}

function matches(pattern: string, host: string): boolean {
  if (pattern === '*') return NAME.test(host);
  return pattern.startsWith('*.') ? NAME.test(host) && host.endsWith(pattern.slice(1)) : pattern === host;
}
