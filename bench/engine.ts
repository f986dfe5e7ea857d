import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { costOf, mediansOf } from './engine-cost.ts';
import type { ProcessCost, Program } from './engine-cost.ts';
import { installPeer } from './engine-peer.ts';
import type { Peer } from './engine-peer.ts';
import { jobEnvironment, shapes, writePipelineOf } from './engine-pipeline.ts';
import type { Shape } from './engine-pipeline.ts';
import { simulate, tutorialPlan } from './engine-schedule.ts';
import { measuredEnvironment } from './measure.ts';
import type { BenchReport } from './report.ts';

type Figures = Record<string, number>;

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const sizes = [50, 200, 1000, 5000] as const;
const workerCounts = [2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64] as const;
const TOO_SLOW = 5000;

/**
 * What `slipway run` adds to the shells of jobs that do nothing, beside `make -j2`, which starts the same shells and does
 * little else, and beside gitlab-ci-local, which does the same work as we. And how good the schedules are. Needs `npm run build`.
 */
export async function engine(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-engine-'));
  try {
    const installed = makePeer(folder);
    const peer = typeof installed === 'string' ? undefined : installed;
    const ours: Figures = {};
    const make: Figures = {};
    const theirs: Figures = {};
    for (const shape of shapes)
      for (const size of sizes) await measure({ folder, shape, size, peer }, { ours, make, theirs });
    const schedules = measureSchedules();
    return {
      figures: { ...ours, ...ratios(ours, make, theirs), ...schedules.ours },
      peers: { 'make -j2': make, 'gitlab-ci-local': theirs, 'first in, first out': schedules.theirs },
      limits: limitsWith(peer),
      skipped: skippedWith(installed),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makePeer(folder: string): Peer | string {
  const place = join(folder, 'peer');
  mkdirSync(place);
  return installPeer(place);
}

interface Case {
  readonly folder: string;
  readonly shape: Shape;
  readonly size: number;
  readonly peer: Peer | undefined;
}

async function measure(
  { folder, shape, size, peer }: Case,
  into: Record<'ours' | 'make' | 'theirs', Figures>,
): Promise<void> {
  const place = join(folder, `${shape}-${size}`);
  writePipelineOf(shape, size, place);
  const name = `${shape}${size}`;
  const rounds = size === 1000 ? 5 : 1;
  const make = { file: 'make', words: ['-s', '-j2', 'all'], folder: place, environment: jobEnvironment() };
  const costs = await mediansOf({ ours: ourProgram(place, true), make }, rounds);
  note(into.ours, name, costs.ours);
  note(into.make, name, costs.make);
  if (shape !== 'independent' || size >= TOO_SLOW) return;
  note(into.ours, `${name}Isolated`, await costOf(ourProgram(place, false)));
  if (peer === undefined) return;
  note(into.theirs, name, await costOf(peer.run(place, { isInPlace: true })));
  note(into.theirs, `${name}Isolated`, await costOf(peer.run(place, { isInPlace: false })));
}

function ourProgram(folder: string, isInPlace: boolean): Program {
  const words = [program, 'run', '--concurrency', '2', ...(isInPlace ? ['--in-place'] : [])];
  return { file: process.execPath, words, folder, environment: measuredEnvironment() };
}

function note(figures: Figures, name: string, { wallMs, cpuMs, peakBytes }: ProcessCost): void {
  Object.assign(figures, { [`${name}WallMs`]: wallMs, [`${name}CpuMs`]: cpuMs, [`${name}PeakBytes`]: peakBytes });
}

function ratios(ours: Figures, make: Figures, theirs: Figures): Figures {
  const ratio = (name: string, other: Figures) => (ours[`${name}WallMs`] ?? NaN) / (other[`${name}WallMs`] ?? NaN);
  const beside = (name: string) =>
    theirs[`${name}WallMs`] === undefined ? {} : { [`${name}Ratio`]: ratio(name, theirs) };
  return {
    layered1000Ratio: ratio('layered1000', make),
    ...beside('independent1000'),
    ...beside('independent1000Isolated'),
  };
}

/** How much longer schedules are than they must be, at the worst number of workers. */
function measureSchedules(): { readonly ours: Figures; readonly theirs: Figures } {
  const plan = tutorialPlan();
  const excess = (name: string, policy: Parameters<typeof simulate>[2]) => {
    const all = workerCounts.map((workers) => simulate(plan, workers, policy));
    const figures: Figures = {};
    for (const { workers, makespan, bound } of all) figures[`${name}${workers}Excess`] = makespan / bound;
    return { ...figures, [`${name}WorstExcess`]: Math.max(...Object.values(figures)) };
  };
  return {
    ours: { ...excess('schedule', 'history of other runs'), ...excess('firstSchedule', 'first run') },
    theirs: excess('schedule', 'first in, first out'),
  };
}

function limitsWith(peer: Peer | undefined): BenchReport['limits'] {
  const beside = { independent1000Ratio: { most: 0.25 }, independent1000IsolatedRatio: { most: 0.25 } };
  return {
    layered1000Ratio: { most: 2.5 },
    ...(peer === undefined ? {} : beside),
    independent5000PeakBytes: { most: 400_000_000 },
    chain5000PeakBytes: { most: 400_000_000 },
    layered5000PeakBytes: { most: 400_000_000 },
    scheduleWorstExcess: { most: 1.1 },
    firstScheduleWorstExcess: { most: 1.25 },
  };
}

function skippedWith(installed: Peer | string): readonly string[] {
  if (typeof installed === 'string') return [installed];
  return [
    `gitlab-ci-local on ${TOO_SLOW} jobs: it takes minutes`,
    'gitlab-ci-local on chains and layers: it does not finish layered pipelines',
  ];
}
