import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { measuredEnvironment } from './measure.ts';
import { writePipelineOf } from './engine-pipeline.ts';
import { descendants, processCpuMs, readHighWater } from './process-tree.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const loopLag = new URL('./loop-lag.mjs', import.meta.url).href;
export const STACK = 'bench';
/** Milliseconds after its start in which a server settles, so that its start is not measured with the jobs. */
const SETTLE = 2000;

/** What a pipeline cost from the hook that announced its commit to its end, in all processes of the server. */
export interface ServedCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** CPU of the server process itself, without its parent, git and the shells of jobs. */
  readonly serverCpuMs: number;
  /** The most memory that the server process held. */
  readonly peakBytes: number;
  /** Memory that the server process, its parent and the notary held before the pipeline, at most and together. */
  readonly idleBytes: number;
  /** What the pipeline added to the data folder, in blocks of the file system. */
  readonly dataBytes: number;
  /** How late the server's event loop was, in milliseconds. */
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  readonly lagMostMs: number;
}

/**
 * Runs a pipeline of no-op jobs through `slipway serve` with its embedded runner, two jobs at once, without sandbox.
 */
export async function servedCost(count: number, folder: string): Promise<ServedCost> {
  const remote = join(folder, 'remote');
  mkdirSync(remote, { recursive: true });
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', remote, ...words], { stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '--quiet', '--allow-empty', '-m', 'Begin');
  const lag = join(folder, 'lag');
  const server = await startServer({ folder, remote, lag });
  try {
    await sleep(SETTLE);
    writePipelineOf('independent', count, remote);
    const serverPid = readServerPid(folder);
    const idleBytes = descendants(server.child.pid as number).reduce((sum, pid) => sum + readHighWater(pid), 0);
    const emptyBytes = diskUse(join(folder, 'data'));
    process.kill(serverPid, 'SIGUSR2');
    const before = cpuOf(server.child.pid as number, serverPid);
    const start = performance.now();
    await fetch(`${server.url}/hooks/git/${STACK}`, { method: 'POST' });
    const status = await server.finished;
    const wallMs = performance.now() - start;
    const after = cpuOf(server.child.pid as number, serverPid);
    if (status !== 'success') throw new Error(`the served pipeline ended as ${status}`);
    const peakBytes = readHighWater(serverPid);
    await stop(server.child);
    const dataBytes = diskUse(join(folder, 'data')) - emptyBytes;
    const { p50, p99, most } = JSON.parse(readFileSync(`${lag}.${serverPid}.json`, 'utf8')) as Record<string, number>;
    return {
      wallMs,
      cpuMs: after.tree - before.tree,
      serverCpuMs: after.server - before.server,
      peakBytes,
      idleBytes,
      dataBytes,
      lagP50Ms: p50 ?? NaN,
      lagP99Ms: p99 ?? NaN,
      lagMostMs: most ?? NaN,
    };
  } finally {
    await stop(server.child);
  }
}

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  /** The status in which the first pipeline ends. */
  readonly finished: Promise<string>;
}

interface Places {
  readonly folder: string;
  readonly remote: string;
  readonly lag: string;
  /** Two jobs at once by the embedded runner, unless others are named. */
  readonly runners?: readonly object[];
  /** Where the stack comes from, in place of `remote`. */
  readonly forge?: object;
  readonly env?: Readonly<Record<string, string>>;
}

const embedded = { name: 'embedded', embedded: true, concurrency: 2, sandbox: 'never' };

export async function startServer(places: Places): Promise<Served> {
  const { folder, remote, lag, runners = [embedded], forge = { remote }, env } = places;
  const configuration = {
    data: join(folder, 'data'),
    listen: '127.0.0.1:0',
    stacks: [{ name: STACK, ...forge, poll: 0 }],
    runners,
  };
  const file = join(folder, 'slipway.server.yaml');
  writeFileSync(file, JSON.stringify(configuration));
  const child = spawn(process.execPath, ['--import', loopLag, program, 'serve', '--config', file], {
    cwd: folder,
    env: { ...measuredEnvironment(), SLIPWAY_USERS: 'none', SLIPWAY_BENCH_LAG: lag, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const finished = pipelineEnd(child);
  finished.catch(() => undefined);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^listening on (\S+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    finished.catch(reject);
  });
  return { child, url, finished };
}

/** Read from the server's log, since asking the server would be a cost of its own. */
function pipelineEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const tail: string[] = [];
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      tail.splice(0, Math.max(0, tail.length - 10));
      tail.push(line);
      if (!line.includes('"msg":"pipeline finished"')) return;
      resolve((JSON.parse(line) as { status: string }).status);
    });
    child.once('exit', () => reject(new Error(`the server ended: ${tail.join('\n')}`)));
  });
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

export function readServerPid(folder: string): number {
  return (JSON.parse(readFileSync(join(folder, 'data', 'server.lock'), 'utf8')) as { pid: number }).pid;
}

export function diskUse(folder: string): number {
  return Number(execFileSync('du', ['-s', '--block-size=1', folder], { encoding: 'utf8' }).split('\t', 1)[0]);
}

function cpuOf(root: number, server: number): { readonly tree: number; readonly server: number } {
  const tree = descendants(root).reduce((sum, pid) => sum + processCpuMs(pid).withChildren, 0);
  return { tree, server: processCpuMs(server).own };
}
