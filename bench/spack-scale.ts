import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readLockfile, writeLockfile } from '../src/spack/index.ts';
import { largeLock } from '../test/support/large-lock.ts';
import { writePipelineOf } from './engine-pipeline.ts';
import { STACK, readServerPid, startServer, stop } from './engine-served.ts';
import { removeCodeCache, runIn } from './measure.ts';
import { processCpuMs } from './process-tree.ts';
import type { BenchReport } from './report.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const fixture = fileURLToPath(new URL('../test/fixtures/spack/spack-0.23-tutorial', import.meta.url));
const rounds = 5;
/** How often something short is repeated: the kernel counts in steps of 10 ms. */
const REPEATED = 20;
const SETTLE = 2000;

/** CPU time of a step for one package or job, for as many as a build of E4S has, and for many more. */
type Costs = Readonly<Record<'start' | 'some' | 'many', number>>;
const sizes = { start: 1, some: 1500, many: 5000 } as const;
const sizeNames = Object.keys(sizes) as readonly (keyof Costs)[];

/**
 * Measures what locks and pipelines of 1,500 and 5,000 packages cost. A growth is the CPU time for each package of the
 * larger one relative to the smaller one, without what the step costs for one package: 1 is linear.
 * `generate5000Ratio` compares `generate` of 5,000 packages with `node -e 0`. Each is the best of several. Needs
 * `npm run build`.
 */
export async function scale(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    prepare(folder);
    const bare = best(() => meanOf(() => cpuOf(folder, ['-e', '0'])));
    removeCodeCache();
    const cold = cpuOf(folder, generateWords('many'));
    const generated = costsOf((size) => cpuOf(folder, generateWords(size)));
    const planned = costsOf((size) => cpuOf(folder, [program, 'plan', ...lockWords(size)]));
    const listed = costsOf((size) => cpuOf(join(folder, size), [program, 'run', '--list']));
    const [some, many] = [await servedCosts(folder, 'some'), await servedCosts(folder, 'many')];
    return {
      figures: {
        generate5000CpuMs: generated.many,
        generate5000Ratio: generated.many / bare,
        generate5000ColdRatio: cold / bare,
        generateGrowth: growthOf(generated),
        planGrowth: growthOf(planned),
        runListGrowth: growthOf(listed),
        pipelineViewGrowth: growthOf({ start: 0, some: some.view, many: many.view }),
        status5000Ratio: many.status / some.status,
      },
      peers: { 'node -e 0': { cpuMs: bare } },
      limits: {
        generate5000Ratio: { most: 25 },
        generateGrowth: { most: 1.1 },
        planGrowth: { most: 1.1 },
        runListGrowth: { most: 1.1 },
        pipelineViewGrowth: { most: 1.1 },
        status5000Ratio: { most: 1.2 },
      },
      skipped: [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function prepare(folder: string): void {
  cpSync(fixture, folder, { recursive: true });
  mkdirSync(join(folder, 'mirror'));
  const model = readLockfile(readFileSync(join(folder, 'spack.lock'), 'utf8'), 'spack.lock');
  for (const name of sizeNames) {
    writeFileSync(join(folder, `${name}.lock`), writeLockfile(largeLock(model, sizes[name])));
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', join(folder, name)]);
    writePipelineOf('layered', sizes[name], join(folder, name));
  }
}

function lockWords(size: keyof Costs): readonly string[] {
  const scopes = ['configs', 'configs/linux', 'configs/linux/x86_64_v3'];
  return ['--lock', `${size}.lock`, ...scopes.flatMap((scope) => ['--config-scope', scope]), '--mirror', './mirror'];
}

function generateWords(size: keyof Costs): readonly string[] {
  return [program, 'generate', ...lockWords(size), '--artifacts-root', 'ours'];
}

function cpuOf(folder: string, words: readonly string[]): number {
  return runIn(folder, [process.execPath, ...words]).cpuMs;
}

function best(measure: () => number): number {
  return Math.min(...Array.from({ length: rounds }, measure));
}

function meanOf(measure: () => number): number {
  return Array.from({ length: REPEATED }, measure).reduce((sum, one) => sum + one, 0) / REPEATED;
}

/** In turn, so that a busy moment strikes all sizes alike. */
function costsOf(measure: (size: keyof Costs) => number): Costs {
  const costs = { start: Infinity, some: Infinity, many: Infinity };
  for (let round = 0; round < rounds; round += 1)
    for (const size of sizeNames) costs[size] = Math.min(costs[size], measure(size));
  return costs;
}

function growthOf({ start, some, many }: Costs): number {
  return (many - start) / sizes.many / ((some - start) / sizes.some);
}

type Answer = Readonly<Record<'pipelines' | 'jobs', readonly unknown[]>>;

/** CPU time of the server for the page of a pipeline, and of `slipway status`. No runner takes the jobs. */
async function servedCosts(folder: string, size: 'some' | 'many'): Promise<Record<'view' | 'status', number>> {
  const place = join(folder, `served-${size}`);
  mkdirSync(place);
  const remote = join(folder, size);
  const server = await startServer({ folder: place, remote, lag: join(place, 'lag'), runners: [] });
  try {
    await fetch(`${server.url}/hooks/git/${STACK}`, { method: 'POST' });
    const read = async (path: string) => (await fetch(`${server.url}/api/v1/${path}`)).json() as Promise<Answer>;
    while ((await read(`pipelines?stack=${STACK}`)).pipelines.length === 0) await sleep(SETTLE / 10);
    await sleep(SETTLE);
    if ((await read('pipelines/1')).jobs.length !== sizes[size]) throw new Error('the page lacks jobs');
    const pid = readServerPid(place);
    const views: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const before = processCpuMs(pid).own;
      for (let count = 0; count < REPEATED; count += 1) await read('pipelines/1');
      views.push((processCpuMs(pid).own - before) / REPEATED);
    }
    const status = best(() => cpuOf(place, [program, 'status', '--url', server.url]));
    return { view: Math.min(...views), status };
  } finally {
    await stop(server.child);
  }
}
