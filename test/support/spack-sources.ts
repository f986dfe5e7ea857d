import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spackLab, warmCache, type SpackLab } from './spack-lab.ts';

/**
 * `SLIPWAY_TEST_SPACK_SOURCES`: a source mirror as Spack keeps one (`_source-cache/archive/<2>/<sha256>.tar.gz`) that
 * holds the sources of the packages of `realSpecs` and of what they need: zlib-ng 2.2.1, zstd 1.5.6, lz4 1.10.0, snappy
 * 1.2.1.
 */
export function sourcesFolder(environment = process.env): string | undefined {
  const folder = environment.SLIPWAY_TEST_SPACK_SOURCES;
  if (folder === undefined || folder === '')
    process.stderr.write('skipped: SLIPWAY_TEST_SPACK_SOURCES names no mirror of sources\n');
  return folder === '' ? undefined : folder;
}

/** Five roots of Spack's own repository; with what they link, nine packages that are built. */
export const realSpecs = ['c-blosc@1.21.5', 'leveldb@1.23', 'yaml-cpp@0.8.0', 'gflags@2.2.2'] as const;

export interface StackYaml {
  readonly specs?: readonly string[];
  /** Further sections. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * A `spack.yaml` for them. CMake and make are the machine's, and nothing is optimised: it is built to be built quickly.
 */
export function realStackYaml({ specs = realSpecs, more = {} }: StackYaml = {}): string {
  const packages = {
    all: { require: 'target=x86_64', variants: 'build_type=Debug' },
    // Those whose sources there are, whatever Spack would prefer.
    'zlib-ng': { require: ['@2.2.1'] },
    zstd: { require: ['@1.5.6', 'build_system=cmake'] },
    cmake: external('cmake', 'cmake'),
    gmake: external('gmake', 'make'),
  };
  const concretizer = { unify: true, reuse: false };
  return JSON.stringify({ spack: { specs, view: false, concretizer, packages, ...more } }, undefined, 2);
}

function external(name: string, program: string): Readonly<Record<string, unknown>> {
  const text = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const version = /\d+(?:\.\d+)+/.exec(text)?.[0] ?? '1';
  return { buildable: false, externals: [{ spec: `${name}@${version}`, prefix: '/usr' }] };
}

export interface StackLab {
  readonly lab: SpackLab;
  /** Folder of the lab; `like` for others. */
  readonly folder: string;
  /** What the jobs of a server need to use this lab's Spack. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * A lab with the mirror of sources, for the jobs of a stack. Concretizing costs half a minute of processor time: with
 * `SLIPWAY_TEST_SPACK_CACHE` the lab, and what was concretized in it, is kept there for the next run.
 */
export async function stackLab(root: string, sources: string, version: string): Promise<StackLab> {
  const kept = process.env.SLIPWAY_TEST_SPACK_CACHE;
  const folder =
    kept === undefined ? await mkdtemp(join(tmpdir(), 'slipway-lab-')) : join(kept, `stack-lab-${version}`);
  await mkdir(folder, { recursive: true });
  const store = join(folder, 'store-of-the-packages');
  await rm(store, { recursive: true, force: true });
  const lab = await spackLab({ root, folder, store });
  await warmCache(lab, join(folder, 'slipway/spack'));
  await verifyAgain(join(lab.env.SPACK_USER_CONFIG_PATH ?? '', 'config.yaml'));
  const mirrors = { sources: { url: `file://${sources}`, source: true, binary: false } };
  await lab.configure('mirrors.yaml', JSON.stringify({ mirrors }));
  const { PATH: _path, HOME: _home, ...names } = lab.env;
  return { lab, folder, variables: { SPACK_ROOT: root, SLIPWAY_CACHE: join(folder, 'slipway'), ...names } };
}

/**
 * Where certificates are not verified, `spack ci rebuild` of 0.23 hands `-k` to a command that knows no such option.
 */
async function verifyAgain(file: string): Promise<void> {
  const { config } = JSON.parse(await readFile(file, 'utf8')) as { config: Record<string, unknown> };
  await writeFile(file, JSON.stringify({ config: { ...config, verify_ssl: true } }));
}
