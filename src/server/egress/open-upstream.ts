import type { Socket } from 'node:net';
import type { ConnectedJob } from '../../executor/index.ts';
import type { Destination } from './destination.ts';
import type { EgressPolicy } from './egress-policy.ts';
import type { EgressUsage } from './egress-usage.ts';
import { checkAddresses, connectChecked, type Internet } from './internet.ts';
import type { SiteProxy } from './site-proxy.ts';

/** What decides whether and how a host is connected to. */
export interface UpstreamRules {
  readonly policy: EgressPolicy;
  readonly usage: EgressUsage;
  readonly internet: Internet;
  readonly siteProxy: SiteProxy | undefined;
}

interface Upstream {
  readonly socket: Socket;
  /** Whether it leads to the proxy of the site, and not to the host itself. */
  readonly isSiteProxy: boolean;
}

export interface Connection {
  readonly destination: Destination;
  readonly job: ConnectedJob;
}

/**
 * Connects to a host for a job: to carry bytes, or for one request, which a proxy of the site takes as a whole. Throws
 * what the policy, the limits of the job or the network refuse.
 */
export async function openUpstream(
  { destination, job }: Connection,
  kind: 'tunnel' | 'request',
  { policy, usage, internet, siteProxy }: UpstreamRules,
): Promise<Upstream> {
  const { allowPrivate } = policy.permit(destination, job);
  usage.check({ destination, job });
  const scope = allowPrivate ? 'private' : 'public';
  const isSiteProxy = siteProxy !== undefined && scope === 'public';
  // Where only the proxy of the site knows names, its own rules decide about addresses.
  if (isSiteProxy) checkAddresses(await resolveIfKnown(destination.host, internet), { destination, scope });
  const socket = !isSiteProxy
    ? await connectChecked(destination, { internet, scope })
    : await (kind === 'tunnel' ? siteProxy.tunnel(destination, internet) : siteProxy.connect(internet));
  return { socket: socket.on('error', () => undefined), isSiteProxy };
}

async function resolveIfKnown(host: string, internet: Internet): Promise<readonly string[]> {
  return internet.resolve(host).catch(() => []);
}
