import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orderedLock, readLockfile, writeLockfile } from '../src/spack/index.ts';
import { findSpacks, readyToBuild, spackLab } from '../test/support/spack-lab.ts';
import { runIn, type Cost } from './measure.ts';
import type { BenchOptions, BenchReport } from './report.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const roots = ['zlib-ng', 'zstd', 'lz4', 'snappy', 'gflags', 'leveldb', 'yaml-cpp', 'c-blosc'];
const added = 'xxhash';
const quickRoots = ['zlib-ng', 'lz4'];

/**
 * Measures locking roots that are concretized separately, beside `spack concretize --force` with its own pool and
 * with one process: everything new, in parallel and one root after the other; one root added; nothing changed. Checks
 * that each lock has the hashes of Spack's own run. Needs `npm run build`, and a Spack (`SPACK_ROOT`, or the first of
 * `SLIPWAY_TEST_SPACK`).
 */
export async function lock({ isQuick }: BenchOptions): Promise<BenchReport> {
  const [spack] = (await findSpacks()).filter(readyToBuild);
  if (spack === undefined)
    return { figures: {}, peers: {}, limits: {}, skipped: ['neither SLIPWAY_TEST_SPACK nor SPACK_ROOT names a Spack'] };
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const lab = await spackLab({ root: spack.root, folder: join(folder, 'lab'), store: join(folder, 'store') });
    const env = { ...lab.env, SPACK_ROOT: spack.root, SLIPWAY_CACHE: join(folder, 'cache') };
    const stacks = stacksIn(folder, { env, program: join(spack.root, 'bin/spack') });
    if (isQuick) return { ...measured(stacks, quickRoots), skipped: ['--quick: six of eight roots, and one process'] };
    const [parallel, serial] = [measured(stacks, roots), measuredSerially(stacks, roots)];
    return {
      figures: { ...parallel.figures, ...serial.figures },
      peers: { ...parallel.peers, ...serial.peers },
      limits: { ...parallel.limits, ...serial.limits },
      skipped: [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Stacks = ReturnType<typeof stacksIn>;

/** In parallel: everything new, one root added, and nothing changed. */
function measured(stacks: Stacks, some: readonly string[]): BenchReport {
  const more = [...some, added];
  stacks.warm();
  const pool = stacks.spack('pool', some, []);
  const poolOfMore = stacks.spack('pool', more, []);
  const all = stacks.slipway('parallel', some);
  const one = stacks.slipway('parallel', more);
  const none = stacks.slipway('parallel', more);
  return {
    figures: {
      roots: some.length,
      ...costOf('new', all),
      ...costOf('oneAdded', one),
      ...costOf('unchanged', none),
      newCpuRatio: pool.cpuMs / all.cpuMs,
      oneAddedCpuRatio: poolOfMore.cpuMs / one.cpuMs,
      unchangedCpuRatio: poolOfMore.cpuMs / none.cpuMs,
      differentLocks: differences([pool, all], [poolOfMore, one], [poolOfMore, none]),
    },
    peers: {
      'spack concretize --force': costOf('new', pool),
      'spack concretize --force, with one more root': costOf('new', poolOfMore),
    },
    limits: {
      differentLocks: { most: 0 },
      newCpuRatio: { least: 0.7 },
      oneAddedCpuRatio: { least: some.length / 4 },
      unchangedCpuRatio: { least: 20 },
    },
    skipped: [],
  };
}

/** The same roots, each after the other. */
function measuredSerially(stacks: Stacks, some: readonly string[]): Omit<BenchReport, 'skipped'> {
  const single = stacks.spack('single', some, ['--jobs', '1']);
  const serial = stacks.slipway('serial', some, { build_jobs: 1 });
  return {
    figures: {
      ...costOf('newSerial', serial),
      newSerialCpuRatio: single.cpuMs / serial.cpuMs,
      differentSerialLocks: differences([single, serial]),
    },
    peers: { 'spack concretize --force --jobs 1': costOf('new', single) },
    limits: { differentSerialLocks: { most: 0 }, newSerialCpuRatio: { least: 0.7 } },
  };
}

function differences(...pairs: readonly (readonly [Locked, Locked])[]): number {
  return pairs.filter(([theirs, ours]) => theirs.text !== ours.text).length;
}

interface Locked extends Cost {
  /** The lock in Slipway's order. */
  readonly text: string;
}

function costOf(name: string, { wallMs, cpuMs }: Cost): Readonly<Record<string, number>> {
  return { [`${name}WallMs`]: wallMs, [`${name}CpuMs`]: cpuMs };
}

interface Machine {
  readonly env: Readonly<Record<string, string>>;
  /** Spack's program. */
  readonly program: string;
}

/** Environments in a folder; Spack and Slipway find the same compilers and indexes of recipes there. */
function stacksIn(folder: string, { env, program: spackProgram }: Machine) {
  const write = (name: string, specs: readonly string[], config: object) => {
    mkdirSync(join(folder, name), { recursive: true });
    const spack = { specs, view: false, concretizer: { unify: false, reuse: false }, config };
    writeFileSync(join(folder, name, 'spack.yaml'), JSON.stringify({ spack }));
    return join(folder, name);
  };
  const locked = (cost: Cost, file: string): Locked => {
    const text = writeLockfile(orderedLock(readLockfile(readFileSync(file, 'utf8'), file)));
    return { wallMs: cost.wallMs, cpuMs: cost.cpuMs, text };
  };
  return {
    /** Indexes the recipes for both. */
    warm() {
      const place = write('warm', [], {});
      runIn(place, [spackProgram, '--no-env', 'providers', 'mpi'], env);
      cpSync(join(folder, 'lab/misc'), join(folder, 'cache/spack/misc'), { recursive: true });
    },
    spack(name: string, specs: readonly string[], words: readonly string[]): Locked {
      const place = write(name, specs, {});
      const cost = runIn(place, [spackProgram, '-e', place, 'concretize', '--force', ...words], env);
      return locked(cost, join(place, 'spack.lock'));
    },
    slipway(name: string, specs: readonly string[], config: object = {}): Locked {
      const place = write(name, specs, config);
      const cost = runIn(place, [process.execPath, program, 'generate', '--artifacts-root', 'out'], env);
      return locked(cost, join(place, 'out/concrete_environment/spack.lock'));
    },
  };
}
