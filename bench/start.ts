import { fileURLToPath } from 'node:url';
import { compare } from './measure.ts';
import type { BenchReport } from './report.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const rounds = 30;

/** How long the command line takes to start, beside Node doing nothing at all. Needs `npm run build`. */
export function start(): Promise<BenchReport> {
  const node = process.execPath;
  const costs = compare(
    { bare: [node, '-e', '0'], version: [node, program, '--version'], help: [node, program, '--help'] },
    rounds,
  );
  const { bare, version, help } = costs as Record<'bare' | 'version' | 'help', { wallMs: number; cpuMs: number }>;
  return Promise.resolve({
    figures: {
      versionWallMs: version.wallMs,
      versionCpuMs: version.cpuMs,
      versionRatio: version.wallMs / bare.wallMs,
      helpWallMs: help.wallMs,
      helpCpuMs: help.cpuMs,
      helpRatio: help.wallMs / bare.wallMs,
    },
    peers: { 'node -e 0': { wallMs: bare.wallMs, cpuMs: bare.cpuMs } },
    limits: { versionRatio: { most: 1.5 } },
    skipped: [],
  });
}
