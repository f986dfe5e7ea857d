import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchReport } from './report.ts';

interface Reading {
  readonly jobs: number;
  readonly characters: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

interface HostileRun {
  readonly wallMs: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

const fiveThousand = { jobs: 5000 };
const twentyMegabytes = { characters: 20_000_000 };
const rounds = 3;

/**
 * How long it takes to turn a very large generated pipeline into the plan of its jobs, and how much memory, beside the
 * library that parses the YAML. Each reading has a process of its own; the best of three counts, since what else runs
 * only adds. The library `yaml` is no peer: its time grows with the square of the aliases, and 5,000 of these jobs take
 * it minutes.
 */
export function gitlab(): Promise<BenchReport> {
  const small = best('slipway', fiveThousand);
  const large = best('slipway', twentyMegabytes);
  const peer = best('js-yaml', twentyMegabytes);
  const hostile = hostileFigures();
  return Promise.resolve({
    figures: {
      jobs5000WallMs: small.wallMs,
      jobs5000PeakBytes: small.peakBytes,
      jobs: large.jobs,
      characters: large.characters,
      wallMs: large.wallMs,
      cpuMs: large.cpuMs,
      peakBytes: large.peakBytes,
      ...hostile,
    },
    peers: { 'js-yaml (parses only)': { wallMs: peer.wallMs, cpuMs: peer.cpuMs, peakBytes: peer.peakBytes } },
    limits: {
      jobs5000WallMs: { most: 2000 },
      wallMs: { most: 2000 },
      peakBytes: { most: 700_000_000 },
      hostileSlowestMs: { most: 1000 },
      hostilePeakBytes: { most: 700_000_000 },
    },
    skipped: [],
  });
}

/**
 * Measures how configurations that would take hours to expand are refused (test/support/hostile-pipelines.ts): the time
 * of the slowest refusal, and the highest memory use.
 */
function hostileFigures(): Readonly<Record<'hostileSlowestMs' | 'hostilePeakBytes', number>> {
  const runs = Array.from({ length: rounds }, () => run('gitlab-hostile-child.ts', []) as HostileRun);
  const names = Object.keys(runs[0]?.wallMs ?? {});
  const bestOf = (name: string) => Math.min(...runs.map(({ wallMs }) => wallMs[name] ?? NaN));
  return {
    hostileSlowestMs: Math.max(...names.map(bestOf)),
    hostilePeakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
  };
}

function best(way: string, size: object): Reading {
  const readings = Array.from({ length: rounds }, () => read(way, size));
  return readings.reduce((one, two) => (two.wallMs < one.wallMs ? two : one));
}

function read(way: string, size: object): Reading {
  return run('gitlab-child.ts', [way, JSON.stringify(size)]) as Reading;
}

function run(file: string, given: readonly string[]): unknown {
  const child = fileURLToPath(new URL(file, import.meta.url));
  const words = ['--import', import.meta.resolve('tsx'), child, ...given];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} failed: ${stderr}`);
  return JSON.parse(stdout);
}
