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

const fiveThousand = { jobs: 5000 };
const twentyMegabytes = { characters: 20_000_000 };
const rounds = 3;

/**
 * How long it takes to turn a very large generated pipeline into the plan of its jobs, and how much memory, beside the
 * library that parses the YAML. Each reading has a process of its own; the best of three counts, since what else runs only adds. The
 * library `yaml` is no peer: its time grows with the square of the aliases, and 5,000 of these jobs take it minutes.
 */
export function gitlab(): Promise<BenchReport> {
  const small = best('slipway', fiveThousand);
  const large = best('slipway', twentyMegabytes);
  const peer = best('js-yaml', twentyMegabytes);
  return Promise.resolve({
    figures: {
      jobs5000WallMs: small.wallMs,
      jobs5000PeakBytes: small.peakBytes,
      jobs: large.jobs,
      characters: large.characters,
      wallMs: large.wallMs,
      cpuMs: large.cpuMs,
      peakBytes: large.peakBytes,
    },
    peers: { 'js-yaml (parses only)': { wallMs: peer.wallMs, cpuMs: peer.cpuMs, peakBytes: peer.peakBytes } },
    limits: {
      jobs5000WallMs: { most: 2000 },
      wallMs: { most: 2000 },
      peakBytes: { most: 700_000_000 },
    },
    skipped: [],
  });
}

function best(way: string, size: object): Reading {
  const readings = Array.from({ length: rounds }, () => read(way, size));
  return readings.reduce((one, two) => (two.wallMs < one.wallMs ? two : one));
}

function read(way: string, size: object): Reading {
  const child = fileURLToPath(new URL('gitlab-child.ts', import.meta.url));
  const words = ['--import', import.meta.resolve('tsx'), child, way, JSON.stringify(size)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`reading with ${way} failed: ${stderr}`);
  return JSON.parse(stdout) as Reading;
}
