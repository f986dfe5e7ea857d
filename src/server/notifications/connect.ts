import type { NetworkConfiguration } from '../../coordinator/index.ts';
import { hasCode, type SlipwayError } from '../../kit/index.ts';
import { notifyError, type Connect } from '../../notify/index.ts';
import { checkAddresses, connectChecked, machineInternet, type Internet } from '../egress/internet.ts';
import { siteProxyOf } from '../egress/site-proxy.ts';

interface ConnectOptions {
  readonly network: Pick<NetworkConfiguration, 'proxy'>;
  readonly env: NodeJS.ProcessEnv;
  readonly internet?: Internet;
}

/**
 * Returns the function that connects notifications to their hosts. It resolves a name once, checks all its addresses,
 * and connects to one of these. It reaches public hosts through the proxy of the site, if there is one.
 */
export function notificationConnect({ network, env, internet = machineInternet }: ConnectOptions): Connect {
  const proxy = siteProxyOf(network.proxy, env);
  return async (destination, scope) => {
    try {
      if (proxy === undefined || scope === 'site') return await connectChecked(destination, { internet, scope });
      // Where only the proxy of the site knows names, its own rules decide about addresses.
      checkAddresses(await internet.resolve(destination.host).catch(() => []), { destination, scope });
      return await proxy.tunnel(destination, internet);
    } catch (error) {
      if (!hasCode(error, 'EGRESS_ADDRESS_REFUSED')) throw error;
      const { host, address, kind } = (error as SlipwayError).details;
      throw notifyError('NOTIFICATION_HOST_REFUSED', { host, address, kind });
    }
  };
}
