import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registryClient } from '../src/oci/index.ts';
import { startDockerRegistry } from '../test/support/docker-registry.ts';
import { findPart } from '../test/support/part.ts';
import { costOf } from './engine-cost.ts';
import { imageLab, type ImageLab } from './image-lab.ts';
import { buildahPublisher, rawPublisher, type Publisher } from './image-peers.ts';
import { imageYear } from './image-year.ts';
import { measuredEnvironment } from './measure.ts';
import type { BenchReport } from './report.ts';

type Figures = Record<string, number>;

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
/** The registry's own log of an entry, a configuration and a manifest: what may come on top of the changed layer. */
const OVERHEAD_BYTES = 100_000;

/**
 * Publishing a stack of real files: cold, after one package changed, and with no change; beside a Docker build and
 * beside the bare work. Then a simulated year of a large stack's layers. Needs `npm run build`.
 */
export async function image(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-image-'));
  const year = await imageYear();
  try {
    const { figures, peers, skipped } = await publishing(folder);
    const limits = {
      changedExtraBytes: { most: OVERHEAD_BYTES },
      unchangedBytes: { most: 0 },
      layersMade: { most: 0 },
      ...('changedWallOfBuildah' in figures ? { changedWallOfBuildah: { most: 1 / 20 } } : {}),
    };
    return {
      figures: { ...figures, ...year.figures },
      peers: { ...peers, ...year.peers },
      limits: { ...limits, ...year.limits },
      skipped,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publishing(folder: string): Promise<Pick<BenchReport, 'figures' | 'peers' | 'skipped'>> {
  const [dockerRegistry, buildah] = [findPart('docker-registry'), findPart('buildah')];
  const hasRaw = ['pigz', 'curl', 'tar'].every((name) => findPart(name) !== undefined);
  if (dockerRegistry === undefined)
    return { figures: {}, peers: {}, skipped: ['publishing: there is no docker-registry'] };
  const lab = await imageLab(join(folder, 'lab'));
  const registry = await startDockerRegistry(dockerRegistry, join(folder, 'registry'));
  const store = join(folder, 'registry/registry');
  try {
    const ways: Record<string, Publisher> = {
      slipway: () => [slipwayCommand(lab, `${registry.host}/slipway/stack:latest`)],
      ...(buildah === undefined ? {} : { buildah: buildahPublisher(buildah, join(folder, 'buildah'), registry.host) }),
      ...(hasRaw ? { 'tar | pigz | upload': rawPublisher(folder, registry.host) } : {}),
    };
    const results = await measure(lab, ways, store);
    const { slipway = {}, ...peers } = results;
    return {
      figures: {
        prefixBytes: lab.bytes,
        ...slipway,
        ...compared(slipway, results['buildah']),
        layersMade: await layersMade(lab, registry.host),
      },
      peers,
      skipped: buildah === undefined ? ['buildah: it is not there'] : [],
    };
  } finally {
    await registry.stop();
  }
}

function slipwayCommand({ lock, mirror, folder }: ImageLab, target: string): readonly string[] {
  const given = ['--lock', lock, '--mirror', mirror, '--unsigned', '--env', folder, '--repository', 'stack'];
  // Folders of a system are no whole packages: their programs would lack libraries, as buildah's image has them lack.
  return [
    process.execPath,
    program,
    'image',
    'build',
    ...given,
    '--no-smoke',
    '--work',
    join(folder, 'work'),
    '--output',
    target,
  ];
}

/**
 * Each way in turn: all of it, then with one package changed, then once more without a change. Others pack as they
 * build the image; ours packs when a package is pushed to the mirror, which is counted with it.
 */
async function measure(
  lab: ImageLab,
  ways: Readonly<Record<string, Publisher>>,
  store: string,
): Promise<Record<string, Figures>> {
  const results: Record<string, Figures> = {};
  const nothing = { wallMs: 0, cpuMs: 0 };
  let pushed = { size: 0, packing: lab.packing };
  for (const [step, change] of [
    ['cold', 0],
    ['changed', 1],
    ['unchanged', 1],
  ] as const) {
    if (step === 'changed') pushed = await lab.change();
    if (step === 'unchanged') pushed = { ...pushed, packing: nothing };
    for (const [name, publisher] of Object.entries(ways)) {
      const isBare = step === 'unchanged' && name.startsWith('tar');
      if (isBare) continue;
      const before = storedBytes(store);
      const packing = name === 'slipway' ? pushed.packing : nothing;
      const cost = await runAll(publisher({ prefixes: lab.prefixes, change }), lab.folder);
      const bytes = storedBytes(store) - before;
      const extra: Figures = step === 'changed' && name === 'slipway' ? { changedExtraBytes: bytes - pushed.size } : {};
      results[name] = {
        ...results[name],
        [`${step}WallMs`]: cost.wallMs + packing.wallMs,
        [`${step}CpuMs`]: cost.cpuMs + packing.cpuMs,
        [`${step}Bytes`]: bytes,
        [`${step}PeakBytes`]: cost.peakBytes,
        ...extra,
      };
    }
  }
  return results;
}

/**
 * Runs commands one after the other, under GNU time for the most memory that one of their processes held. This process
 * goes on meanwhile: it reads the registry's log, which would wait otherwise.
 */
async function runAll(commands: readonly (readonly string[])[], folder: string) {
  const report = join(folder, 'time');
  const total = { wallMs: 0, cpuMs: 0, peakBytes: 0 };
  for (const command of commands) {
    const words = ['-f', '%M', '-o', report, '--', ...command];
    const { wallMs, cpuMs } = await costOf({ file: 'time', words, folder, environment: measuredEnvironment() });
    total.wallMs += wallMs;
    total.cpuMs += cpuMs;
    total.peakBytes = Math.max(total.peakBytes, Number(readFileSync(report, 'utf8')) * 1024);
  }
  return total;
}

function compared(ours: Figures, buildah: Figures | undefined): Figures {
  if (buildah === undefined) return {};
  return { changedWallOfBuildah: (ours['changedWallMs'] ?? NaN) / (buildah['changedWallMs'] ?? NaN) };
}

/**
 * Layers of the published image that are not blobs of the mirror as they are there: each would have been compressed
 * again.
 */
async function layersMade({ mirror }: ImageLab, registry: string): Promise<number> {
  const source = registryClient({ registry, repository: 'slipway/stack', access: 'pull' });
  const manifest = await source.readManifest('latest');
  const { layers } = JSON.parse(manifest?.bytes.toString('utf8') ?? '{}') as { layers: { digest: string }[] };
  const blobs = new Set(
    readdirSync(join(mirror, 'blobs/sha256'), { recursive: true }).map((path) => String(path).slice(3)),
  );
  return layers.filter(({ digest }) => !blobs.has(digest.slice('sha256:'.length))).length;
}

function storedBytes(store: string): number {
  const blobs = join(store, 'docker/registry/v2/blobs');
  if (!existsSync(blobs)) return 0;
  const files = execFileSync('find', [store, '-path', `${blobs}/*`, '-name', 'data'], { encoding: 'utf8' });
  return files.split('\n').reduce((sum, path) => (path === '' ? sum : sum + statSync(path).size), 0);
}
