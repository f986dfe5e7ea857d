import { NetworkConfiguration } from '../coordinator/index.ts';
import type { JobNetwork } from '../executor/index.ts';
import { serverNetwork } from '../server/index.ts';

interface NetworkRequest {
  /** URL of the server that the job came from. */
  readonly server: string | undefined;
  /** Names of hosts that the user allows besides, at private addresses too. */
  readonly hosts: readonly string[];
}

/** No name ends in this (RFC 2606): there is no server. */
const NOWHERE = 'http://server.invalid';
const ADVICE = 'In a reproduction `--allow-host` does.';

/** Returns what a job in the sandbox reaches: its server's routes for jobs, and the hosts that a server lists by default. */
export function reproductionNetwork({ server, hosts }: NetworkRequest): JobNetwork {
  const network = NetworkConfiguration.parse({ hosts: hosts.map((host) => ({ host, allowPrivate: true })) });
  const url = server ?? NOWHERE;
  const reached = serverNetwork({
    settings: { configuration: { network } },
    url,
    fetch: async (request) => (server === undefined ? new Response(null, { status: 502 }) : passOn(request, url)),
    // The log of the job has all refusals.
    log: { warn: () => undefined, error: () => undefined },
  });
  return {
    ...reached,
    serve: (socket, { listener, job }) =>
      reached.serve(socket, { listener, job: { ...job, print: (line) => job.print(`${line} ${ADVICE}`) } }),
  };
}

/** Sends a request without a body to the server. */
async function passOn(request: Request, server: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 });
  const { status, body, headers } = await fetch(new URL(`${pathname}${search}`, server), {
    method: request.method,
    headers: { ...only(request.headers, /^(?:accept|range|if-.*|authorization)$/), 'accept-encoding': 'identity' },
    redirect: 'manual',
  });
  return new Response(body, { status, headers: only(headers, /^(?!connection|keep-alive|transfer-encoding)/) });
}

function only(headers: Headers, names: RegExp): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => names.test(name)));
}
