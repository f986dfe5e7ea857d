import { once } from 'node:events';
import { createServer, type Socket, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../../test/support/runner-bench.ts';
import { faultIn, tryMechanism } from '../sandbox/find-sandbox.ts';
import type { Mechanism } from '../sandbox/mechanism.ts';
import type { ConnectedJob, JobNetwork } from './job-network.ts';
import { networkNamespace } from './network-namespace.ts';

const hasNamespace = (await networkNamespace()) !== undefined;
const tried = await Promise.all(
  (['bwrap', 'perl'] as const).map(async (name) => [name, await tryMechanism(name)] as const),
);
const mechanisms = tried.flatMap(([name, found]) => {
  if (hasNamespace && typeof found !== 'string') return [[name, found] as const];
  process.stderr.write(`skipped: jobs in a sandbox by ${name}: ${typeof found === 'string' ? found : 'no network'}\n`);
  return [];
});

const LIMIT = '/proc/sys/user/max_user_namespaces';
const PORT = 7001;
const ASK = `{ exec 3<>/dev/tcp/127.0.0.1/${PORT} && cat <&3; }`;

let bench: RunnerBench;
let connections: { readonly job: ConnectedJob; readonly socket: Socket }[];
beforeEach(async () => {
  bench = await openRunnerBench();
  connections = [];
});
afterEach(() => bench.close());

/** Greets each connection with the job that it is from, and leaves it open if the job asks for that. */
function greeter(): JobNetwork {
  return {
    listeners: [{ name: 'greeter', host: '127.0.0.1', port: PORT }],
    variables: { GREETER: 'of the network' },
    defaults: { DEFAULT: 'of the network', OWN: 'of the network' },
    serve: (socket, { listener, job }) => {
      connections.push({ job, socket });
      socket.write(`${listener} greets job ${job.id} of trust ${job.trust}\n`);
      if (job.id !== 3) socket.end();
    },
  };
}

async function start(mechanism: Mechanism, network = greeter()): Promise<void> {
  await bench.startRunner({
    base: { PATH: '/usr/bin:/bin' },
    concurrency: 1,
    sandbox: { mode: 'always', mechanism, hidden: [], readable: [process.execPath] },
    network,
  });
}

async function run(id: number, script: readonly string[], trust: ConnectedJob['trust'] = 'protected'): Promise<string> {
  const variables = [
    { key: 'OWN', value: 'of the job' },
    { key: 'GREETER', value: 'of the job' },
  ].map((one) => ({ ...one, public: true }));
  bench.jobs.offer({ ...sketchJob({ id, script: [...script] }), trust, variables });
  await bench.jobs.finished(id);
  return bench.jobs.log(id);
}

describe.each(mechanisms)('jobs of one slot, in a sandbox by %s', (_, mechanism) => {
  test('reach the listeners, and each connection is known to be theirs', async () => {
    await start(mechanism);
    expect(await run(1, [ASK])).toContain('greeter greets job 1 of trust protected\n');
    expect(await run(2, [ASK], 'untrusted')).toContain('greeter greets job 2 of trust untrusted\n');
    expect(connections.map(({ job }) => job.id)).toEqual([1, 2]);
  });

  test('reach no service of the host', async () => {
    const host = createServer((socket) => socket.end('service of the host\n')).listen(0, '127.0.0.1');
    await once(host, 'listening');
    const { port } = host.address() as AddressInfo;
    await start(mechanism);
    const log = await run(1, [`(exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3) || true`]);
    host.close();
    expect(log).toContain('Connection refused');
    expect(log).not.toContain('service of the host\n');
  });

  test('leave no connection and no listening process to the next one', async () => {
    await start(mechanism);
    // It would serve the next job if it outlived its own.
    const listen = `"${process.execPath}" -e 'require("net").createServer((s) => s.end("of job 3")).listen(7002, () => require("fs").writeFileSync("listening", ""))' & until [ -e listening ]; do sleep 0.1; done`;
    const ask = 'cat </dev/tcp/127.0.0.1/7002';
    const first = await run(3, [`exec 3<>/dev/tcp/127.0.0.1/${PORT}`, 'read -r line <&3; echo "$line"', listen, ask]);
    expect(first).toContain('of job 3');
    expect(connections[0]?.socket.destroyed).toBe(true);
    const log = await run(4, [`${ask} || true`]);
    expect(log).toContain('Connection refused');
  });

  test('have a sandbox that was tried out within the network of a slot', async () => {
    const within = (await networkNamespace()) ?? [];
    expect(await faultIn(within, mechanism)).toBeUndefined();
    // No namespace may be created below this one.
    const forbidden = ['unshare', '--user', '--map-root-user', 'sh', '-c', `echo 0 >${LIMIT}; exec "$@"`, 'sh'];
    expect(await faultIn(forbidden, mechanism)).toBeDefined();
  });

  test('fail with the address and the remedy where a listener cannot be opened', async () => {
    const listeners = [{ name: 'greeter', host: '203.0.113.1', port: 80 }];
    await start(mechanism, { ...greeter(), listeners });
    const log = await run(1, ['true']);
    expect(log).toMatch(/`203\.0\.113\.1:80` of the server cannot be used in the network of jobs: .*EADDRNOTAVAIL/);
    expect(log).toContain('Use a port of 1024 or higher');
  });

  test('have the variables of the network', async () => {
    await start(mechanism);
    const log = await run(1, ['echo "greeter: $GREETER, default: $DEFAULT, own: $OWN"']);
    expect(log).toContain('greeter: of the network, default: of the network, own: of the job\n');
  });
});
