import { availableParallelism } from 'node:os';
import { isFinal, type JobRun } from '../src/pipeline/index.ts';
import { serveStack, type Change, type ServedStack, type ServeOptions } from '../test/support/served-stack.ts';
import { compileHeavyPackage } from './build-package.ts';
import { machineTime, timeBetween, type MachineTime } from './machine-time.ts';
import { ProcessMemory } from './process-memory.ts';
import type { BenchOptions, BenchReport } from './report.ts';

const PACKAGES = ['basin', 'delta', 'fjord', 'lagoon', 'strait'];
const cores = availableParallelism();
/** Sources of a package: with many, compiling takes about forty times as long as all else that a job does. */
const [FEW, MANY] = [4, 24];
/** Bytes of memory for all jobs together, of which each of them needs more than a fifth. */
const MEMORY = 500_000_000;

/** What it cost to build all packages, by `slipway rebuild` in sandboxes of the embedded runner. */
interface BuildCost {
  /** From the start of the first job that builds a package to the end of the last one. */
  readonly wallSeconds: number;
  /** Processor time of the server, the runner and all jobs in that time. */
  readonly ownSeconds: number;
  /** Processor time of all other programs of the machine in that time. */
  readonly otherSeconds: number;
  /** Processor time of `make` and its compilers. */
  readonly compileSeconds: number;
  /** Processor time of whole jobs, which also start `slipway`, pack and push. */
  readonly jobSeconds: number;
  /** The most memory that all processes of jobs had together. */
  readonly peakBytes: number;
}

/** Five packages that take long to compile: with a jobserver, each with `make -j`, and one after the other. */
export async function build({ isQuick }: BenchOptions): Promise<BenchReport> {
  const sources = isQuick ? FEW : MANY;
  const alone = { variables: { SLIPWAY_JOBS: String(cores) } };
  const inTurn = await buildCost(sources, { server: runnerOf({ concurrency: 1 }), stack: alone });
  const shared = await buildCost(sources, { server: runnerOf({ concurrency: cores }) });
  const independent = await buildCost(sources, { server: runnerOf({ concurrency: PACKAGES.length }), stack: alone });
  const admitted = await admittedPeak();
  const work = inTurn.compileSeconds;
  return {
    figures: { ...figuresOf(shared, work), admittedPeakBytes: admitted.known },
    peers: {
      'the same without history': { admittedPeakBytes: admitted.unknown },
      'independent make -j': figuresOf(independent, work),
      'one after the other': figuresOf(inTurn, work),
    },
    limits: { ...(isQuick ? {} : { wallPerIdeal: { most: 1.1 } }), admittedPeakBytes: { most: MEMORY } },
    skipped: isQuick ? ['the limit of `wallPerIdeal`, since all else that jobs do weighs more: `--quick`'] : [],
  };
}

/** The most memory of as many jobs at once as there are packages, when what they need is not known, and when it is. */
async function admittedPeak(): Promise<{ readonly unknown: number; readonly known: number }> {
  const runner = { concurrency: PACKAGES.length, capacity: { memory: MEMORY } };
  const served = await serveStack({ server: runnerOf(runner), files: stackOf(FEW) });
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

/**
 * `wallPerIdeal`: how many times as long as compiling takes if no core is ever idle or does anything else. What other
 * programs of the machine take from it does not count.
 */
function figuresOf(cost: BuildCost, work: number): Readonly<Record<string, number>> {
  const { wallSeconds, ownSeconds, otherSeconds } = cost;
  const available = wallSeconds * cores - otherSeconds;
  return { ...cost, wallPerIdeal: available / work, ownPerWork: ownSeconds / work };
}

async function buildCost(sources: number, options: ServeOptions): Promise<BuildCost> {
  const served = await serveStack({ ...options, files: stackOf(sources) });
  try {
    const building = watchBuilds(served);
    const peakBytes = await peakOf(served, await served.repository.git('rev-parse', 'HEAD'));
    const { wall, busy, own } = building();
    return {
      wallSeconds: wall,
      ownSeconds: own,
      otherSeconds: Math.max(0, busy - own),
      compileSeconds: secondsOf(served, 'build'),
      jobSeconds: secondsOf(served, 'script'),
      peakBytes,
    };
  } finally {
    await served.close();
  }
}

/** Returns a function that returns what passed from the start of the first build to the end of the last one. */
function watchBuilds({ server }: ServedStack): () => MachineTime {
  let [start, end]: readonly (MachineTime | undefined)[] = [];
  let ended = 0;
  const isBuild = ({ name }: JobRun) => PACKAGES.some((one) => name.startsWith(`${one}@`));
  server.coordinator.context.pipelines.watchRuns((runs) => {
    for (const { status } of runs.filter(isBuild)) {
      if (status === 'running') start ??= machineTime();
      if (!isFinal(status)) continue;
      ended += 1;
      end = machineTime();
    }
  });
  return () => {
    if (start === undefined || end === undefined || ended !== PACKAGES.length)
      throw new Error(`${ended} of ${PACKAGES.length} jobs have ended`);
    return timeBetween(start, end);
  };
}

/** Processor time of all packages in a phase, of the only build of each. */
function secondsOf({ server }: ServedStack, phase: string): number {
  const measured = server.coordinator.context.packages.phases(phase).filter((one) => PACKAGES.includes(one.package));
  if (measured.length !== PACKAGES.length) throw new Error(`${phase} was measured for ${measured.length} packages`);
  return measured.reduce((sum, { cpuSeconds = 0 }) => sum + cpuSeconds, 0);
}

function stackOf(sources: number): Change {
  const files = PACKAGES.flatMap((name) => Object.entries(compileHeavyPackage(name, sources)));
  const environment = `spack:\n  specs:\n${PACKAGES.map((name) => `    - ${name}\n`).join('')}  view: false\n`;
  return { 'spack.yaml': environment, ...Object.fromEntries(files) };
}
