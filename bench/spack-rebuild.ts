import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  folderStore,
  migrateMirror,
  packPrefix,
  pushEntry,
  v2Layout,
  v3Layout,
  writeLayout,
} from '../src/mirror/index.ts';
import { createSigner, generateKey } from '../src/notary/index.ts';
import { nodeOf, readLockfile, writeSpecFile, type Lockfile } from '../src/spack/index.ts';
import { measureInTurn } from './in-turn.ts';
import { freshSpack, peerFigures, removeCodeCache, runIn, type Cost } from './measure.ts';
import type { BenchReport } from './report.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const fixture = fileURLToPath(new URL('../test/fixtures/spack/spack-0.23-ci-run', import.meta.url));
const rounds = 20;

/**
 * Measures a job whose package is already on the mirror and whose signature is checked: `slipway rebuild` beside
 * `node -e 0` and `spack ci rebuild` of the Spack at SPACK_ROOT, in one run, each cold and warm. Needs `npm run build`.
 */
export async function rebuild(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const job = await prepare(folder);
    removeCodeCache();
    const node = () => runIn(folder, [process.execPath, '-e', '0']);
    const slipway = () => runIn(folder, [process.execPath, program, 'rebuild'], job);
    const { floor, ours } = measureInTurn({ floor: node, ours: slipway }, rounds);
    const root = process.env['SPACK_ROOT'] || undefined;
    const peer = root === undefined ? undefined : measureInTurn({ ci: () => spack(folder, { root, job }) }, 3).ci;
    return {
      figures: {
        rebuildPresentWallMs: ours.warm.wallMs,
        rebuildPresentCpuMs: ours.warm.cpuMs,
        rebuildPresentColdCpuMs: ours.cold.cpuMs,
        rebuildPresentRatio: ours.warm.cpuMs / floor.warm.cpuMs,
        rebuildPresentColdRatio: ours.cold.cpuMs / floor.warm.cpuMs,
      },
      peers: {
        'node -e 0': { wallMs: floor.warm.wallMs, cpuMs: floor.warm.cpuMs },
        ...(peer === undefined ? {} : { 'spack ci rebuild': peerFigures(peer) }),
      },
      limits: { rebuildPresentRatio: { most: 4 } },
      skipped: peer === undefined ? ['spack ci rebuild: SPACK_ROOT names no Spack'] : [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A job's folder, and a mirror, in both layouts and signed, that has its package. Gives the job's variables. */
async function prepare(folder: string): Promise<Readonly<Record<string, string>>> {
  const concrete = join(folder, 'jobs_scratch_dir/concrete_environment');
  mkdirSync(concrete, { recursive: true });
  cpSync(join(fixture, 'spack.lock'), join(concrete, 'spack.lock'));
  const lock = readLockfile(readFileSync(join(fixture, 'spack.lock'), 'utf8'), 'spack.lock');
  const node =
    [...lock.nodes.values()].find(({ name }) => name === 'json-c') ?? nodeOf(lock, lock.roots[0]?.hash ?? '');
  const mirror = join(folder, 'mirror');
  const environment = {
    specs: [node.name],
    mirrors: { 'buildcache-destination': { url: `file://${mirror}`, signed: true } },
    ci: { 'pipeline-gen': [{ 'build-job': { tags: ['spack'] } }] },
  };
  writeFileSync(join(concrete, 'spack.yaml'), JSON.stringify({ spack: environment }));
  const signer = createSigner(await generateKey({ name: 'Bench', date: new Date() }));
  await fillMirror(lock, { hash: node.hash, folder, mirror, sign: (text) => signer.sign(text) });
  return {
    CI_PROJECT_DIR: folder,
    CI_JOB_NAME: node.name,
    SPACK_ARTIFACTS_ROOT: 'jobs_scratch_dir',
    SPACK_CONCRETE_ENV_DIR: 'jobs_scratch_dir/concrete_environment',
    SPACK_JOB_LOG_DIR: 'jobs_scratch_dir/logs',
    SPACK_JOB_TEST_DIR: 'jobs_scratch_dir/tests',
    SPACK_JOB_REPRO_DIR: 'jobs_scratch_dir/reproduction',
    SPACK_JOB_SPEC_DAG_HASH: node.hash,
    SPACK_JOB_SPEC_PKG_NAME: node.name,
    SLIPWAY_TRUST: 'protected',
    SLIPWAY_MIRROR: mirror,
    SLIPWAY_TRUSTED_KEYS: signer.publicKey,
  };
}

interface Filling {
  readonly hash: string;
  readonly folder: string;
  readonly mirror: string;
  readonly sign: (text: string) => Promise<string>;
}

async function fillMirror(lock: Lockfile, { hash, folder, mirror, sign }: Filling): Promise<void> {
  const node = nodeOf(lock, hash);
  const prefix = `/opt/stack/${node.name}-${node.version}-${hash}`;
  const installed = join(folder, 'installed');
  mkdirSync(join(installed, 'lib'), { recursive: true });
  writeFileSync(join(installed, 'lib/file'), 'a file');
  const specFile = writeSpecFile(lock, hash);
  const output = join(folder, 'package.tar.gz');
  const tarball = await packPrefix({
    folder: installed,
    prefix,
    output,
    node,
    specFile,
    prefixes: new Map([[hash, prefix]]),
  });
  const store = folderStore(mirror);
  await writeLayout(store);
  await pushEntry(store, { lock, hash, tarball, sign });
  const old = v2Layout(store);
  for await (const _ of migrateMirror(v3Layout(store), old, {
    read: { requireSignature: false },
    scratch: folder,
    sign,
  }));
  await old.publishIndex();
}

function spack(folder: string, { root, job }: { root: string; job: Readonly<Record<string, string>> }): Cost {
  const scope = join(folder, 'site');
  mkdirSync(scope, { recursive: true });
  writeFileSync(join(scope, 'bootstrap.yaml'), 'bootstrap:\n  enable: true\n  sources: []\n');
  const environment = join(folder, 'jobs_scratch_dir/concrete_environment');
  const words = ['-C', scope, '-e', environment, 'ci', 'rebuild'];
  const said = runIn(folder, [join(root, 'bin/spack'), ...words], { ...job, ...freshSpack(folder) });
  if (!said.stdout.includes('No need to rebuild')) throw new Error(`spack ci rebuild did not find it: ${said.stdout}`);
  return said;
}
