import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  serveStack,
  stackName,
  type Change,
  type ServedStack,
  type ServeOptions,
} from '../test/support/served-stack.ts';
import type { JobRun } from '../src/pipeline/index.ts';
import { compileHeavyPackage } from './build-package.ts';
import { ProcessMemory } from './process-memory.ts';
import type { BenchOptions, BenchReport } from './report.ts';

const PACKAGES = ['basin', 'delta', 'fjord', 'lagoon', 'strait'];
const cores = availableParallelism();
/** Bytes of memory for all jobs together, of which each of them needs more than a fifth. */
const MEMORY = 500_000_000;

/** What it cost to build all packages, by `slipway rebuild` in sandboxes of the embedded runner. */
interface BuildCost {
  /** From the start of the first job that builds a package to the end of the last one. */
  readonly wallSeconds: number;
  /** Processor time of all programs of the machine from the server's start to the end of the pipeline. */
  readonly machineSeconds: number;
  /** Processor time of these jobs. */
  readonly workSeconds: number;
  /** The most memory that all processes of jobs had together. */
  readonly peakBytes: number;
}

/** Five packages that take long to compile: with a jobserver, each with `make -j`, and one after the other. */
export async function build({ isQuick }: BenchOptions): Promise<BenchReport> {
  const sources = isQuick ? 4 : 16;
  const alone = { variables: { SLIPWAY_JOBS: String(cores) } };
  const shared = await buildCost(sources, { server: runnerOf({ concurrency: cores }) });
  const independent = await buildCost(sources, { server: runnerOf({ concurrency: PACKAGES.length }), stack: alone });
  const inTurn = await buildCost(sources, { server: runnerOf({ concurrency: 1 }), stack: alone });
  const admitted = await admittedPeak(sources);
  return {
    figures: { ...figuresOf(shared), admittedPeakBytes: admitted.known },
    peers: {
      'the same without history': { admittedPeakBytes: admitted.unknown },
      'independent make -j': figuresOf(independent),
      'one after the other': figuresOf(inTurn),
    },
    limits: { wallPerIdeal: { most: 1.1 }, admittedPeakBytes: { most: MEMORY } },
    skipped: [],
  };
}

/** The most memory of as many jobs at once as there are packages, when what they need is not known, and when it is. */
async function admittedPeak(sources: number): Promise<{ readonly unknown: number; readonly known: number }> {
  const runner = { concurrency: PACKAGES.length, capacity: { memory: MEMORY } };
  const served = await serveStack({ server: runnerOf(runner), files: stackOf(sources) });
  try {
    const unknown = await peakOf(served, await served.repository.git('rev-parse', 'HEAD'));
    const changes = PACKAGES.map((name) => [`src/${name}/part0.c`, `int ${name}(void) { return 1; }\n`] as const);
    return { unknown, known: await peakOf(served, await served.push('main', Object.fromEntries(changes))) };
  } finally {
    await served.close();
  }
}

async function peakOf(served: ServedStack, sha: string): Promise<number> {
  const memory = new ProcessMemory(process.pid);
  const { state, description } = await served.finalStatus(sha);
  const peak = memory.stop();
  if (state !== 'success') throw new Error(`the packages were not built: ${description}`);
  return peak;
}

function runnerOf(runner: {
  readonly concurrency: number;
  readonly capacity?: { readonly memory: number };
}): ServeOptions['server'] {
  return { runners: [{ name: 'bench', embedded: true, ...runner }] };
}

/** `wallPerIdeal`: how many times as long as the work takes if no core is ever idle, or busy with anything else. */
function figuresOf(cost: BuildCost): Readonly<Record<string, number>> {
  return { ...cost, wallPerIdeal: (cost.wallSeconds * cores) / cost.workSeconds };
}

async function buildCost(sources: number, options: ServeOptions): Promise<BuildCost> {
  const served = await serveStack({ ...options, files: stackOf(sources) });
  const before = machineSeconds();
  try {
    const sha = await served.repository.git('rev-parse', 'HEAD');
    const peakBytes = await peakOf(served, sha);
    return { ...timesOf(served, sha), machineSeconds: machineSeconds() - before, peakBytes };
  } finally {
    await served.close();
  }
}

/** Busy time of all cores (proc(5), `stat`: all but idle and waiting for disks), in ticks of 10 ms. */
function machineSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)
    .flatMap((line) => line.split(/\s+/).slice(1).map(Number));
  return (user + nice + system + irq + softIrq) / 100;
}

function timesOf(served: ServedStack, sha: string): Pick<BuildCost, 'wallSeconds' | 'workSeconds'> {
  const { pipelines, packages } = served.server.coordinator.context;
  const children = pipelines
    .list({ stack: stackName })
    .filter(({ head }) => head === sha)
    .flatMap(({ id }) => pipelines.children(id));
  const isBuild = ({ name }: JobRun) => PACKAGES.some((one) => name.startsWith(`${one}@`));
  const runs = children.flatMap(({ id }) => pipelines.runs(id)).filter(isBuild);
  if (runs.length !== PACKAGES.length) throw new Error(`there are ${runs.length} jobs for ${PACKAGES.length} packages`);
  const starts = runs.map(({ startedAt = '' }) => Date.parse(startedAt));
  const ends = runs.map(({ finishedAt = '' }) => Date.parse(finishedAt));
  const measured = packages.phases('script').filter(({ package: name }) => PACKAGES.includes(name));
  return {
    wallSeconds: (Math.max(...ends) - Math.min(...starts)) / 1000,
    workSeconds: measured.reduce((sum, { cpuSeconds = 0 }) => sum + cpuSeconds, 0),
  };
}

function stackOf(sources: number): Change {
  const files = PACKAGES.flatMap((name) => Object.entries(compileHeavyPackage(name, sources)));
  const environment = `spack:\n  specs:\n${PACKAGES.map((name) => `    - ${name}\n`).join('')}  view: false\n`;
  return { 'spack.yaml': environment, ...Object.fromEntries(files) };
}
