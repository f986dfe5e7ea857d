import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { costOf, mediansOf, type ProcessCost, type Program } from './engine-cost.ts';
import { installPeer, type Peer } from './engine-peer.ts';
import { jobEnvironment, shapes, writePipelineOf, type Shape } from './engine-pipeline.ts';
import { servedCost } from './engine-served.ts';
import { measuredEnvironment } from './measure.ts';
import type { BenchOptions, BenchReport } from './report.ts';

type Figures = Record<string, number>;

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const sizes = [50, 200, 1000, 5000] as const;
const servedSizes = [100, 1000, 10_000] as const;
const TOO_SLOW = 5000;

/**
 * Measures what `slipway run` and `slipway serve` add to the shells of jobs that do nothing, beside `make -j2` and
 * `ninja -j2`, which start the same shells and do little else, and beside gitlab-ci-local, which does the same work.
 * Needs `npm run build`. `--quick` leaves out what takes minutes: the largest pipelines.
 */
export async function engine({ isQuick }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-engine-'));
  try {
    const installed = makePeer(folder);
    const peer = typeof installed === 'string' ? undefined : installed;
    const hasNinja = spawnSync('ninja', ['--version']).status === 0;
    const into = { ours: loadFigures('before'), make: {}, ninja: {}, theirs: {} } as Record<Side, Figures>;
    for (const shape of shapes)
      for (const size of sizes.filter((one) => !isQuick || one < TOO_SLOW))
        await measure({ folder, shape, size, peer, hasNinja }, into);
    const served = await measureServed(folder, isQuick);
    const { ours, make, ninja, theirs } = into;
    const after = loadFigures('after');
    return {
      figures: { ...ours, ...ratios(ours, make, theirs), ...served.figures, ...after },
      peers: {
        'make -j2': make,
        ...(hasNinja ? { 'ninja -j2': ninja } : {}),
        'gitlab-ci-local': theirs,
      },
      limits: { ...limitsWith(peer, isQuick), ...served.limits },
      skipped: [
        ...skippedWith(installed),
        ...(hasNinja ? [] : ['ninja: it is not on this machine']),
        ...quickSkips(isQuick),
      ],
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
  readonly hasNinja: boolean;
}

type Side = 'ours' | 'make' | 'ninja' | 'theirs';

async function measure({ folder, shape, size, peer, hasNinja }: Case, into: Record<Side, Figures>): Promise<void> {
  const place = join(folder, `${shape}-${size}`);
  writePipelineOf(shape, size, place);
  const name = `${shape}${size}`;
  const rounds = size === 1000 ? 5 : 1;
  const shared = { folder: place, environment: jobEnvironment() };
  const make = { file: 'make', words: ['-s', '-j2', 'all'], ...shared };
  const ninja = { file: 'ninja', words: ['--quiet', '-j2'], ...shared };
  const programs = { ours: ourProgram(place, true), make, ...(hasNinja ? { ninja } : {}) } as Record<
    Exclude<Side, 'theirs'>,
    Program
  >;
  const costs = await mediansOf(programs, rounds);
  note(into.ours, name, costs.ours);
  note(into.make, name, costs.make);
  if (hasNinja) note(into.ninja, name, costs.ninja);
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

/** The load of the machine in the last minute: figures of wall time count only where little else runs. */
function loadFigures(when: 'before' | 'after'): Figures {
  return { [when === 'before' ? 'loadBefore' : 'loadAfter']: loadavg()[0] ?? 0 };
}

/** `slipway serve` beside isolated `slipway run` with the same pipelines, in turn. */
async function measureServed(folder: string, isQuick: boolean): Promise<Pick<BenchReport, 'figures' | 'limits'>> {
  const figures: Figures = {};
  const limits: Record<string, { readonly most: number }> = {};
  for (const size of servedSizes.filter((one) => !isQuick || one < TOO_SLOW)) {
    const place = join(folder, `isolated-${size}`);
    writePipelineOf('independent', size, place);
    const run = await costOf(ourProgram(place, false));
    const served = await servedCost(size, join(folder, `served-${size}`));
    for (const [name, value] of Object.entries(served)) figures[`served${size}${capitalized(name)}`] = value;
    figures[`served${size}CpuMsPerJob`] = served.cpuMs / size;
    figures[`isolated${size}CpuMsPerJob`] = run.cpuMs / size;
    figures[`served${size}CpuRatio`] = served.cpuMs / run.cpuMs;
    limits[`served${size}CpuRatio`] = { most: 3 };
    limits[`served${size}LagP99Ms`] = { most: 50 };
  }
  if (isQuick) return { figures, limits };
  figures['served10000Growth'] = (figures['served10000CpuMsPerJob'] ?? NaN) / (figures['served1000CpuMsPerJob'] ?? NaN);
  return { figures, limits: { ...limits, served10000Growth: { most: 1.25 } } };
}

function capitalized(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function ratios(ours: Figures, make: Figures, theirs: Figures): Figures {
  const ratio = (name: string, other: Figures) => (ours[`${name}WallMs`] ?? NaN) / (other[`${name}WallMs`] ?? NaN);
  const beside = (name: string) =>
    theirs[`${name}WallMs`] === undefined ? {} : { [`${name}Ratio`]: ratio(name, theirs) };
  return {
    layered1000Ratio: ratio('layered1000', make),
    independent1000MakeRatio: ratio('independent1000', make),
    ...beside('independent1000'),
    ...beside('independent1000Isolated'),
  };
}

function limitsWith(peer: Peer | undefined, isQuick: boolean): BenchReport['limits'] {
  const beside = { independent1000Ratio: { most: 0.25 }, independent1000IsolatedRatio: { most: 0.25 } };
  const large = {
    independent5000PeakBytes: { most: 400_000_000 },
    chain5000PeakBytes: { most: 400_000_000 },
    layered5000PeakBytes: { most: 400_000_000 },
  };
  return {
    layered1000Ratio: { most: 2.5 },
    independent1000MakeRatio: { most: 1.3 },
    ...(peer === undefined ? {} : beside),
    ...(isQuick ? {} : large),
  };
}

function skippedWith(installed: Peer | string): readonly string[] {
  if (typeof installed === 'string') return [installed];
  return [
    `gitlab-ci-local on ${TOO_SLOW} jobs: it takes minutes`,
    'gitlab-ci-local on chains and layers: it does not finish layered pipelines',
  ];
}

function quickSkips(isQuick: boolean): readonly string[] {
  return isQuick ? [`pipelines of ${TOO_SLOW} jobs and more: \`--quick\``] : [];
}
