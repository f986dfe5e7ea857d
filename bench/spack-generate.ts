import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { largeLock } from '../test/support/large-lock.ts';
import { readLockfile, writeLockfile } from '../src/spack/index.ts';
import { costOf } from './engine-cost.ts';
import { coldAndWarm, freshSpack, measuredEnvironment, peerFigures, runIn, type Cost } from './measure.ts';
import type { BenchReport } from './report.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const fixture = fileURLToPath(new URL('../test/fixtures/spack/spack-0.23-tutorial', import.meta.url));
const rounds = 5;

/**
 * How long it takes to make the child pipeline of the tutorial's stack (230 packages, nothing on the mirror, the lock
 * present) beside `spack ci generate` of the Spack at SPACK_ROOT in the same run, each once cold and the best of
 * several warm; and the memory that it needs for 5,000 packages. Needs `npm run build`.
 */
export async function generate(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    prepare(folder);
    const { cold, warm: ours } = coldAndWarm(() => slipway(folder, 'spack.lock'), rounds);
    const words = [program, ...wordsFor(folder, 'large.lock')];
    const { peakBytes } = await costOf({ file: process.execPath, words, folder, environment: measuredEnvironment() });
    const root = process.env['SPACK_ROOT'] || undefined;
    const measured = root === undefined ? undefined : coldAndWarm(() => spack(folder, root), 2);
    const theirs = measured?.warm;
    return {
      figures: {
        generateWallMs: ours.wallMs,
        generateCpuMs: ours.cpuMs,
        generateColdWallMs: cold.wallMs,
        generateColdCpuMs: cold.cpuMs,
        packages5000PeakBytes: peakBytes,
        ...(theirs === undefined
          ? {}
          : { generateRatio: theirs.wallMs / ours.wallMs, generateCpuRatio: theirs.cpuMs / ours.cpuMs }),
      },
      peers: measured === undefined ? {} : { 'spack ci generate': peerFigures(measured) },
      limits: {
        packages5000PeakBytes: { most: 200_000_000 },
        ...(theirs === undefined ? {} : { generateRatio: { least: 15 } }),
      },
      skipped: theirs === undefined ? ['spack ci generate: SPACK_ROOT names no Spack'] : [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function prepare(folder: string): void {
  cpSync(fixture, folder, { recursive: true });
  mkdirSync(join(folder, 'mirror'));
  writeFileSync(join(folder, 'mirrors.yaml'), `mirrors:\n  buildcache-destination: file://${folder}/mirror\n`);
  mkdirSync(join(folder, 'site'));
  for (const name of ['mirrors.yaml', 'compilers.yaml']) cpSync(join(folder, name), join(folder, 'site', name));
  writeFileSync(join(folder, 'site/bootstrap.yaml'), 'bootstrap:\n  enable: true\n  sources: []\n');
  const tutorial = readLockfile(readFileSync(join(folder, 'spack.lock'), 'utf8'), 'spack.lock');
  writeFileSync(join(folder, 'large.lock'), writeLockfile(largeLock(tutorial, 5000)));
}

const scopes = (folder: string) => ['', '/linux', '/linux/x86_64_v3'].map((path) => `${folder}/configs${path}`);

function slipway(folder: string, lock: string): Cost {
  return runIn(folder, [process.execPath, program, ...wordsFor(folder, lock)]);
}

function wordsFor(folder: string, lock: string): readonly string[] {
  const given = scopes(folder).flatMap((scope) => ['--config-scope', scope]);
  const mirror = `file://${folder}/mirror`;
  return ['generate', '--lock', lock, ...given, '--mirror', mirror, '--artifacts-root', 'ours'];
}

function spack(folder: string, root: string): Cost {
  const given = [...scopes(folder), `${folder}/site`].flatMap((scope) => ['-C', scope]);
  const words = [
    '-e',
    folder,
    'ci',
    'generate',
    '--output-file',
    `${folder}/theirs.yml`,
    '--artifacts-root',
    `${folder}/theirs`,
  ];
  return runIn(folder, [join(root, 'bin/spack'), ...given, ...words], freshSpack(folder));
}
