import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSigner, generateKey } from '../src/notary/index.ts';
import { messageOf, sha256 } from '../src/kit/index.ts';
import {
  formatV2SpecFile,
  manifestKey,
  v2Folder,
  v2SpecKey,
  withHash,
  writeSpecFile,
  type SpecNode,
} from '../src/spack/index.ts';
import { findPart } from '../test/support/part.ts';
import { findSpacks } from '../test/support/spack-lab.ts';
import { coldAndWarm, freshSpack, median, runIn, runProgram } from './measure.ts';
import { manyNodes, writeMirror } from './mirror-lab.ts';
import type { BenchReport } from './report.ts';

type Figures = Record<string, number>;
type Peers = Record<string, Figures>;

const child = fileURLToPath(new URL('mirror-child.mts', import.meta.url));
const LARGE = 100_000;
const SPACK_BEARS = 500;
const GIGABYTE = 2 ** 30;
const ROUNDS = 5;

/**
 * Measures what the mirror costs: adding an entry to the index, packing and verifying packages. The peers are Spack,
 * `tar | pigz | sha256sum`, and plain hashing.
 */
export async function mirror(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-mirror-'));
  const peers: Peers = {};
  const skipped: string[] = [];
  try {
    const figures = {
      ...indexing(join(folder, 'index'), { peers, skipped }),
      ...(await besideSpack(join(folder, 'spack'), { peers, skipped })),
      ...packing(join(folder, 'pack'), { peers, skipped }),
      ...(await verifying(join(folder, 'verify'), { peers, skipped })),
    };
    return { figures, peers, limits: limitsOf(figures), skipped };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Into {
  readonly peers: Peers;
  readonly skipped: string[];
}

function inChild(what: string, folder: string, size = 0): Figures {
  const words = ['--import', import.meta.resolve('tsx'), child, what, folder, String(size)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${what} of the mirror's bench failed: ${stderr}`);
  return JSON.parse(stdout) as Figures;
}

/**
 * One package added to an index of ten and of a hundred thousand, until the published index names it and its statement
 * is signed.
 */
function indexing(folder: string, _into: Into): Figures {
  const figures: Figures = {};
  for (const size of [10, LARGE]) {
    const place = join(folder, String(size));
    inChild('seed', place, size);
    const { wallMs = NaN, cpuMs = NaN, openingMs = NaN, peakBytes = NaN } = inChild('add', place, size);
    const name = `addTo${size}`;
    Object.assign(figures, {
      [`${name}WallMs`]: wallMs,
      [`${name}CpuMs`]: cpuMs,
      [`${name}FirstWallMs`]: openingMs,
      [`${name}PeakBytes`]: peakBytes,
    });
  }
  return figures;
}

/** Spack makes its index from every entry each time. */
async function besideSpack(folder: string, { peers, skipped }: Into): Promise<Figures> {
  const root = process.env.SPACK_ROOT || undefined;
  const python = findPart('python3');
  if (root === undefined || python === undefined) {
    skipped.push('spack buildcache update-index: SPACK_ROOT is not set');
    return {};
  }
  const { nodes } = await writeMirror(
    folder,
    Array.from({ length: SPACK_BEARS }, () => 100),
  );
  const [spack] = await findSpacks({ SPACK_ROOT: root });
  if (spack?.version.startsWith('0.')) writeV2SpecFiles(join(folder, 'mirror'), nodes);
  const words = ['buildcache', 'update-index', join(folder, 'mirror')];
  const update = () => runIn(folder, [python, join(root, 'bin/spack'), ...words], freshSpack(folder));
  try {
    const { cold, warm } = coldAndWarm(update, 2);
    const name = `addTo${SPACK_BEARS}`;
    peers['spack buildcache update-index'] = { [`${name}WallMs`]: warm.wallMs, [`${name}ColdWallMs`]: cold.wallMs };
    const { wallMs: ours = NaN } = inChild('add', folder, SPACK_BEARS);
    return { [`${name}WallMs`]: ours, updateIndexRatio: ours / warm.wallMs };
  } catch (error) {
    skipped.push(`spack buildcache update-index: ${messageOf(error).trim().split('\n').at(-1) ?? ''}`);
    return {};
  }
}

/** The same packages as a Spack before 1.0 reads them: a compiler in each node, and layout v2. It reads no tarball. */
function writeV2SpecFiles(mirror: string, nodes: readonly SpecNode[]): void {
  const old = nodes.map(({ dependencies: _needs, hash: _hash, ...node }) =>
    withHash({ ...node, compiler: { name: 'gcc', version: '12.2.0' } }),
  );
  mkdirSync(join(mirror, v2Folder), { recursive: true });
  for (const node of old)
    writeFileSync(
      join(mirror, v2SpecKey([node], 'plain')),
      formatV2SpecFile({ version: 4, nodes: [node] }, sha256('')),
    );
}

function packing(folder: string, { peers, skipped }: Into): Figures {
  const pigz = findPart('pigz');
  writePrefix(folder);
  const [ours, theirs]: [number[], number[]] = [[], []];
  const [cpu, theirCpu]: [number[], number[]] = [[], []];
  let peakBytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const cost = inChild('pack', folder);
    ours.push(cost.wallMs ?? NaN);
    cpu.push(cost.cpuMs ?? NaN);
    peakBytes = Math.max(peakBytes, cost.peakBytes ?? NaN);
    const line = `tar -C '${folder}' -cf - prefix | ${pigz} -6 | tee '${folder}/theirs.tar.gz' | sha256sum`;
    if (pigz === undefined) continue;
    const other = runProgram('sh', ['-c', line]);
    theirs.push(other.wallMs);
    theirCpu.push(other.cpuMs);
  }
  const figures = { packWallMs: median(ours), packCpuMs: median(cpu), packPeakBytes: peakBytes };
  if (pigz === undefined) {
    skipped.push('tar | pigz | sha256sum: there is no pigz');
    return figures;
  }
  peers['tar | pigz | sha256sum'] = { packWallMs: median(theirs), packCpuMs: median(theirCpu) };
  // The best of the rounds: whatever else a machine does only ever adds time.
  const packThroughputRatio = Math.min(...theirs) / Math.min(...ours);
  return { ...figures, packThroughputRatio, packCpuRatio: median(theirCpu) / median(cpu) };
}

/** Programs, libraries and texts of a size that packages have: this Node and what is installed for this project. */
function writePrefix(folder: string): void {
  const prefix = join(folder, 'prefix');
  mkdirSync(join(prefix, 'bin'), { recursive: true });
  cpSync(process.execPath, join(prefix, 'bin/node'));
  const modules = join(dirname(fileURLToPath(import.meta.url)), '../node_modules');
  cpSync(modules, join(prefix, 'lib'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.includes('/.'),
  });
  const [node] = manyNodes(1);
  const nodes = new Map(node === undefined ? [] : [[node.hash, node]]);
  const lock = { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots: [], nodes };
  writeFileSync(join(folder, 'spec.json'), writeSpecFile(lock, node?.hash ?? ''));
}

async function verifying(folder: string, { peers }: Into): Promise<Figures> {
  const count = 16;
  const { store, nodes } = await writeMirror(
    folder,
    Array.from({ length: count }, () => GIGABYTE / count),
  );
  const signer = createSigner(await generateKey({ name: 'bench', date: new Date(0), algorithm: 'ed25519' }));
  writeFileSync(join(folder, 'key.asc'), signer.publicKey);
  for (const node of nodes) {
    const text = (await store.get(manifestKey(node)))?.toString() ?? '';
    await store.put(manifestKey(node), Buffer.from(await signer.sign(text)));
  }
  const hashing = findPart('openssl') === undefined ? 'sha256sum' : 'openssl dgst -sha256';
  const runs: Record<'ours' | 'hash' | 'read', number[]> = { ours: [], hash: [], read: [] };
  const blobs = `find '${join(folder, 'mirror/blobs')}' -type f -print0 | xargs -0`;
  let peakBytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const cost = inChild('verify', folder, count);
    runs.ours.push(cost.wallMs ?? NaN);
    peakBytes = Math.max(peakBytes, cost.peakBytes ?? NaN);
    runs.hash.push(runProgram('sh', ['-c', `${blobs} ${hashing}`]).wallMs);
    runs.read.push(runProgram('sh', ['-c', `${blobs} cat > /dev/null`]).wallMs);
  }
  peers[hashing] = { verifyGigabyteWallMs: median(runs.hash) };
  peers.cat = { verifyGigabyteWallMs: median(runs.read) };
  const slower = Math.max(median(runs.hash), median(runs.read));
  return {
    verifyGigabyteWallMs: median(runs.ours),
    verifyPeakBytes: peakBytes,
    verifySpeedRatio: slower / median(runs.ours),
  };
}

function limitsOf(figures: Figures): BenchReport['limits'] {
  const beside = (name: string, limit: { most?: number; least?: number }) => (name in figures ? { [name]: limit } : {});
  return {
    [`addTo${LARGE}CpuMs`]: { most: 100 },
    [`addTo${LARGE}PeakBytes`]: { most: 400_000_000 },
    packPeakBytes: { most: 400_000_000 },
    verifyPeakBytes: { most: 400_000_000 },
    verifySpeedRatio: { least: 0.8 },
    ...beside('packThroughputRatio', { least: 0.9 }),
    ...beside('packCpuRatio', { least: 0.9 }),
    ...beside('updateIndexRatio', { most: 0.1 }),
  };
}
