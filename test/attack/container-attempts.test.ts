import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findRuntime, LocalRunner, type JobNetwork } from '../../src/executor/index.ts';
import { sketchJob } from '../support/memory-job-service.ts';
import { IMAGE, podmanLab } from '../support/podman-lab.ts';

const lab = podmanLab(process.getuid?.() === 0 ? 'root' : 'nobody');
afterAll(() => lab?.close());

const perlCall = (...words: readonly (number | string)[]) => `perl -e 'exit(syscall(${words.join(', ')}) < 0)'`;

/** What no job may do; each succeeds without a container. */
function attempts(folder: string, stranger: number, port: number): Readonly<Record<string, string>> {
  const shown = join(folder, 'shown');
  return {
    'reads the keys of the notary': `cat ${folder}/notary/key`,
    'reads the environment of another process': 'cat /proc/[0-9]*/environ | grep -aq PLANTED=planted',
    'sends signals to another process': `kill -0 ${stranger}`,
    'traces another process': perlCall(101, 16, stranger, 0, 0),
    'writes to the mirror': `touch ${folder}/mirror/planted`,
    'writes to a folder that is shown': `touch ${shown}/planted`,
    'makes that folder writable': `unshare -Urm sh -c 'mount -o remount,bind,rw ${shown}; touch ${shown}/planted'`,
    'makes a network namespace': 'unshare -Urn true',
    'uses keys of the kernel': perlCall(250, 0, '0 - 3', 0),
    'uses io_uring': `perl -e '$p = "\\0" x 120; exit(syscall(425, 1, $p) < 0)'`,
    'uses sockets of other families': perlCall(41, 40, 1, 0),
    'calls the kernel by the numbers of x32': `perl -e 'syscall(0x40000000 + 39); exit($! == 1)'`,
    'connects to this machine': `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'`,
  };
}

describe.skipIf(lab === undefined || process.arch !== 'x64')('a job in a container', () => {
  test('does nothing of what a sandbox denies, and reaches only what its network serves', async () => {
    const { folder, env, own } = lab as NonNullable<typeof lab>;
    for (const name of ['notary', 'mirror', 'shown', 'copy']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'notary/key'), 'planted secret\n');
    own(folder);
    const stranger = spawn('sleep', ['600'], { env: { PLANTED: 'planted' }, stdio: 'ignore' });
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const rows = attempts(folder, stranger.pid as number, (server.address() as AddressInfo).port);
    try {
      const script = Object.entries(rows).map(
        ([name, text]) =>
          `if ( ${text} ) >/dev/null 2>&1; then echo "succeeds: ${name}"; else echo "denied: ${name}"; fi`,
      );
      script.push(`exec 3<>/dev/tcp/127.0.0.1/3128; cat <&3`, 'ls /run/podman /var/run/docker.sock 2>&1 || true');
      const { output, state } = await runContained(script, { folder, env });
      expect({ state, output }).toMatchObject({ state: 'success' });
      for (const name of Object.keys(rows)) expect(output).toContain(`denied: ${name}\n`);
      expect(output).toContain('served to job 1\n');
      expect(output).not.toMatch(/^podman\.sock$/m);
      for (const [name, text] of Object.entries(rows))
        expect({ name, status: spawnSync('bash', ['-c', text]).status }).toEqual({ name, status: 0 });
    } finally {
      stranger.kill();
      server.close();
    }
  });
});

async function runContained(script: readonly string[], { folder, env }: { folder: string; env: NodeJS.ProcessEnv }) {
  const { runtime } = await findRuntime(env, ['podman']);
  if (runtime === undefined) throw new Error('podman was there before');
  const network: JobNetwork = {
    listeners: [{ name: 'proxy', host: '127.0.0.1', port: 3128 }],
    variables: {},
    defaults: {},
    serve: (socket, { job }) => socket.end(`served to job ${job.id}\n`),
  };
  const runner = await LocalRunner.open({
    workingCopy: join(folder, 'copy'),
    temporary: join(folder, 'tmp'),
    isInPlace: false,
    concurrency: 1,
    base: env,
    isColoured: false,
    containers: {
      runtime,
      env,
      readable: [join(folder, 'shown')],
      writable: () => [],
      pullPolicies: ['never'],
      hasUserCredentials: false,
      network,
    },
  });
  let output = '';
  try {
    const job = { ...sketchJob({ id: 1, script }), image: { name: IMAGE } };
    const { signal } = new AbortController();
    const { outcome } = await runner.run(job, { signal, onOutput: (bytes) => (output += bytes.toString()) });
    return { output, state: outcome.state };
  } finally {
    await runner.close();
  }
}
