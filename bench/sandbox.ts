import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobNetwork } from '../src/executor/network/job-network.ts';
import { networkNamespace } from '../src/executor/network/network-namespace.ts';
import { tryMechanism } from '../src/executor/sandbox/find-sandbox.ts';
import type { Mechanism } from '../src/executor/sandbox/mechanism.ts';
import { SandboxedShell } from '../src/executor/shells/sandboxed-shell.ts';
import { makeSlotPipes, Slot } from '../src/executor/shells/slot.ts';
import { systemWait } from '../src/kit/index.ts';
import { sketchJob } from '../test/support/memory-job-service.ts';
import { childrenCpuMs, runIn, type Cost } from './measure.ts';
import { processCpuMs } from './process-tree.ts';
import type { BenchOptions, BenchReport } from './report.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
/**
 * `--as-pid-1`: otherwise bubblewrap starts a process of its own in the namespace, which may end after bubblewrap itself,
 * and its CPU time would not be counted.
 */
const BARE = 'bwrap --as-pid-1 --ro-bind / / --proc /proc --dev /dev --unshare-all --die-with-parent bash "$1"';

/** The same listeners as those of a server. */
const network: JobNetwork = {
  listeners: [3128, 8080].map((port) => ({ name: 'server', host: '127.0.0.1', port })),
  variables: {},
  defaults: {},
  serve: (socket) => socket.destroy(),
};

/** What a job's script that does nothing costs in a sandbox of ours, beside bubblewrap by itself. */
export async function sandbox({ isQuick }: BenchOptions): Promise<BenchReport> {
  const count = isQuick ? 50 : 200;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-bench-')));
  try {
    const bare = bareCost(folder, count);
    const figures: Record<string, number> = {};
    const skipped: string[] = [];
    for (const name of ['bwrap', 'perl'] as const) {
      const mechanism = await tryMechanism(name);
      if (typeof mechanism === 'string') skipped.push(`${name}: ${mechanism}`);
      else {
        const cost = await ownCost(join(folder, name), count, mechanism);
        figures[`${name}CpuMs`] = cost.cpuMs;
        figures[`${name}WallMs`] = cost.wallMs;
        figures[`${name}CpuRatio`] = cost.cpuMs / bare.cpuMs;
      }
    }
    return {
      figures,
      peers: { bubblewrap: { cpuMs: bare.cpuMs, wallMs: bare.wallMs } },
      limits: { bwrapCpuRatio: { most: 3 }, perlCpuRatio: { most: 3 } },
      skipped,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Started one after the other by a small shell, which costs less than by this process. */
function bareCost(folder: string, count: number): Cost {
  const script = join(folder, 'script.sh');
  writeFileSync(script, 'true\n');
  const before = childrenCpuMs();
  const loop = `for i in $(seq ${count}); do ${BARE} || exit 1; done`;
  const { wallMs } = runIn(folder, ['bash', '-c', loop, 'bare', script], { PATH });
  return { wallMs: wallMs / count, cpuMs: (childrenCpuMs() - before) / count };
}

/** This process takes part too: it makes the script of each job. */
async function ownCost(folder: string, count: number, mechanism: Mechanism): Promise<Cost> {
  const [slots, job] = [join(folder, 'slots'), join(folder, 'job')];
  for (const path of [slots, ...['project', 'home', 'tmp'].map((name) => join(job, name))])
    mkdirSync(path, { recursive: true });
  await makeSlotPipes(slots, [0]);
  const shell = { program: '/bin/bash', name: 'bash' } as const;
  const within = await networkNamespace();
  if (within === undefined) throw new Error('this machine cannot create network namespaces');
  const options = { folder: slots, shell, within, network, marker: 'abc', wait: systemWait, grace: 1000 };
  const slot = new Slot(0, options);
  slot.start({ PATH });
  const settings = { mode: 'always', mechanism, hidden: [], readable: [process.execPath] } as const;
  const own = { slot, marker: 'abc1', project: join(job, 'project'), isColoured: false };
  const sandboxed = new SandboxedShell(own, { job: sketchJob({ id: 1, script: [] }), folder: job, sandbox: settings });
  const script = {
    commands: ['true'],
    isShown: false,
    environment: { PATH },
    onOutput: () => undefined,
    signal: new AbortController().signal,
  };
  const run = async () => {
    const code = await sandboxed.run(script);
    if (code !== 0) throw new Error(`a script in a sandbox by ${mechanism.name} ended with ${code}`);
  };
  // A server runs many jobs, so what is compiled for the first of them does not count.
  for (let done = 0; done < 50; done += 1) await run();
  // The keeper's parent created the namespace and only waits, so the keeper's children are what is measured.
  const keeper = Number(/^keeper (\d+)/.exec(readFileSync(join(slots, '0.sh.groups'), 'utf8'))?.[1]);
  const [start, shells, node] = [performance.now(), processCpuMs(keeper).withChildren, process.cpuUsage()];
  for (let done = 0; done < count; done += 1) await run();
  const wallMs = (performance.now() - start) / count;
  const { user, system } = process.cpuUsage(node);
  const cpuMs = (processCpuMs(keeper).withChildren - shells + (user + system) / 1000) / count;
  await slot.close();
  return { wallMs, cpuMs };
}
