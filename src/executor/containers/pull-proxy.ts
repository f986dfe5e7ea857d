import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { ProcessVariables } from '../../kit/index.ts';
import type { ConnectedJob, JobNetwork } from '../network/job-network.ts';
import { SlotNetwork } from '../network/slot-network.ts';

/** The listener of a network that is its proxy. */
const PROXY = 'proxy';

/**
 * Runs work with variables of a proxy that lets a program outside of the job's network reach what the job reaches: a
 * job names the registry that its image comes from.
 */
export async function withPullProxy<Result>(
  network: JobNetwork | undefined,
  job: ConnectedJob,
  work: (variables: ProcessVariables) => Promise<Result>,
): Promise<Result> {
  if (network === undefined) return work({});
  const slot = new SlotNetwork(network);
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  slot.listen(PROXY, server);
  slot.enter(job);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = {
    https_proxy: url,
    http_proxy: url,
    HTTPS_PROXY: url,
    HTTP_PROXY: url,
    no_proxy: '',
    NO_PROXY: '',
  };
  try {
    return await work(variables);
  } finally {
    slot.close();
  }
}
