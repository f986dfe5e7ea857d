import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLockfile } from '../src/spack/index.ts';
import { measureInTurn } from './in-turn.ts';
import { freshSpack, peerFigures, runIn, type Cost } from './measure.ts';
import type { BenchReport } from './report.ts';

const program = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
const rounds = 5;

interface Lab {
  readonly folder: string;
  readonly root: string;
  readonly environment: string;
  readonly hash: string;
  readonly spack: (folder: string, words: readonly string[], more?: Readonly<Record<string, string>>) => Cost;
}

/**
 * Measures a job that builds a package whose recipe writes one file: `slipway rebuild` beside `spack install` and
 * `spack buildcache push` of the same lock, and `spack ci rebuild`, with the Spack at SPACK_ROOT. Needs `npm run build`,
 * and for Spack 1.x the recipes that SLIPWAY_TEST_SPACK_PACKAGES names.
 */
export function buildTrivial(): BenchReport {
  const root = process.env['SPACK_ROOT'] || undefined;
  const nothing = { figures: {}, peers: {}, limits: {} };
  if (root === undefined) return { ...nothing, skipped: ['a build: SPACK_ROOT names no Spack'] };
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const recipes = writeRecipes(folder, root);
    if (recipes === undefined)
      return { ...nothing, skipped: ['a build: SLIPWAY_TEST_SPACK_PACKAGES names no recipes for this Spack'] };
    return measureBuilds(prepare({ folder, root, recipes }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measureBuilds(lab: Lab): BenchReport {
  const measured = measureInTurn(
    { slipway: () => rebuild(lab), bare: () => installAndPush(lab), ci: () => ciRebuild(lab) },
    rounds,
  );
  const { slipway, bare } = measured;
  return {
    figures: {
      buildTrivialWallMs: slipway.warm.wallMs,
      buildTrivialCpuMs: slipway.warm.cpuMs,
      buildTrivialColdCpuMs: slipway.cold.cpuMs,
      buildTrivialRatio: slipway.warm.cpuMs / bare.warm.cpuMs,
      buildTrivialColdRatio: slipway.cold.cpuMs / bare.cold.cpuMs,
    },
    peers: {
      'spack install, buildcache push': peerFigures(bare),
      'spack ci rebuild (builds)': peerFigures(measured.ci),
    },
    limits: { buildTrivialRatio: { most: 1.3 } },
    skipped: [],
  };
}

function prepare({ folder, root, recipes }: { folder: string; root: string; recipes: string }): Lab {
  const [scope, environment] = [join(folder, 'scope'), join(folder, 'environment')];
  for (const one of [scope, environment, join(folder, 'home')]) mkdirSync(one);
  const write = (file: string, value: object) => writeFileSync(file, JSON.stringify(value));
  write(join(scope, 'bootstrap.yaml'), { bootstrap: { enable: true, root: join(folder, 'b'), sources: [] } });
  write(join(scope, 'config.yaml'), {
    config: {
      build_stage: [join(folder, 'stage')],
      misc_cache: join(folder, 'misc'),
      source_cache: join(folder, 'src'),
      install_tree: { root: join(folder, 'store') },
    },
  });
  writeFileSync(join(scope, 'repos.yaml'), recipes);
  const gcc = execFileSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).trim();
  write(join(environment, 'spack.yaml'), {
    spack: {
      specs: ['trivial'],
      view: false,
      // So that the package has nothing to install before it.
      packages: { 'gcc-runtime': { externals: [{ spec: `gcc-runtime@${gcc}`, prefix: '/usr' }], buildable: false } },
      mirrors: { 'buildcache-destination': { url: `file://${join(folder, 'mirror')}`, signed: false } },
      ci: { 'pipeline-gen': [{ 'build-job': { tags: ['spack'] } }] },
    },
  });
  const spack: Lab['spack'] = (home, words, more = {}) => {
    const { SPACK_DISABLE_LOCAL_CONFIG: _local, ...own } = freshSpack(home);
    const variables = {
      ...own,
      HOME: join(folder, 'home'),
      PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
      SPACK_GNUPGHOME: join(folder, 'gpg'),
      SPACK_USER_CONFIG_PATH: scope,
      ...more,
    };
    return runIn(folder, [join(root, 'bin/spack'), ...words], variables);
  };
  if (isOld(root)) spack(folder, ['compiler', 'find', '--scope', 'user']);
  spack(folder, ['-e', environment, 'concretize']);
  // The index of all recipes takes a minute, once on a machine.
  cpSync(join(folder, 'misc'), join(folder, 'slipway-cache/spack/misc'), { recursive: true });
  const lock = readLockfile(readFileSync(join(environment, 'spack.lock'), 'utf8'), 'spack.lock');
  return { folder, root, environment, hash: lock.roots[0]?.hash ?? '', spack };
}

function isOld(root: string): boolean {
  return readFileSync(join(root, 'lib/spack/spack/__init__.py'), 'utf8').includes('__version__ = "0.');
}

/** Writes a repository with one recipe; returns `repos.yaml`, or undefined if Spack has no class for the recipe. */
function writeRecipes(folder: string, root: string): string | undefined {
  const packages = process.env['SLIPWAY_TEST_SPACK_PACKAGES'];
  if (!isOld(root) && packages === undefined) return undefined;
  const repository = join(folder, 'recipes/spack_repo/bench');
  mkdirSync(join(repository, 'packages/trivial'), { recursive: true });
  const api = isOld(root) ? '' : ', api: v2.0';
  writeFileSync(join(repository, 'repo.yaml'), `repo: {namespace: bench${api}}\n`);
  const base = isOld(root) ? '' : 'from spack_repo.builtin.build_systems.generic import Package\n';
  const recipe = `${base}from spack.package import *
class Trivial(Package):
    """Installs one file."""
    homepage = "https://example.org"
    has_code = False
    version("1.0")
    def install(self, spec, prefix):
        mkdirp(prefix.share)
        with open(join_path(prefix.share, "trivial"), "w") as file:
            file.write("trivial\\n")
`;
  writeFileSync(join(repository, 'packages/trivial/package.py'), recipe);
  const builtin = join(packages ?? '', 'repos/spack_repo/builtin');
  return JSON.stringify({ repos: isOld(root) ? [repository] : { bench: repository, builtin } });
}

/** Removes what was built and pushed, so that the next run does the same work. */
function clear({ folder }: Lab): void {
  for (const name of ['mirror', 'store', 'project/jobs_scratch_dir'])
    rmSync(join(folder, name), { recursive: true, force: true });
}

function installAndPush(lab: Lab): Cost {
  clear(lab);
  const { folder, environment, hash, spack } = lab;
  const home = join(folder, 'bare');
  const installed = spack(home, ['-e', environment, 'install', '--no-cache', '--only=package', `/${hash}`]);
  const push = ['buildcache', 'push', '--unsigned', 'buildcache-destination', `/${hash}`];
  const pushed = spack(home, ['-e', environment, ...push]);
  return { wallMs: installed.wallMs + pushed.wallMs, cpuMs: installed.cpuMs + pushed.cpuMs };
}

function ciRebuild(lab: Lab): Cost {
  const job = jobVariables(lab);
  const { folder, spack } = lab;
  // As `spack env activate` does: the command starts further ones in the same environment.
  return spack(join(folder, 'ci'), ['ci', 'rebuild'], { ...job, SPACK_ENV: job['SPACK_CONCRETE_ENV_DIR'] ?? '' });
}

function rebuild(lab: Lab): Cost {
  const { folder, root } = lab;
  const job = jobVariables(lab);
  const cost = runIn(job['CI_PROJECT_DIR'] ?? '', [process.execPath, program, 'rebuild'], {
    ...job,
    HOME: join(folder, 'home'),
    SPACK_ROOT: root,
    SPACK_USER_CONFIG_PATH: join(folder, 'scope'),
    PYTHONPYCACHEPREFIX: join(folder, 'slipway-bytecode'),
    SLIPWAY_BUILDER: 'spack',
    SLIPWAY_CACHE: join(folder, 'slipway-cache'),
  });
  if (!existsSync(join(folder, 'mirror'))) throw new Error('slipway rebuild pushed nothing');
  return cost;
}

/** A fresh folder of a job, and the variables of a generated one. */
function jobVariables(lab: Lab): Readonly<Record<string, string>> {
  clear(lab);
  const project = join(lab.folder, 'project');
  const scratch = join(project, 'jobs_scratch_dir');
  const concrete = join(scratch, 'concrete_environment');
  cpSync(lab.environment, concrete, { recursive: true });
  return {
    CI_PROJECT_DIR: project,
    CI_JOB_NAME: 'trivial',
    CI_JOB_URL: 'https://example.org/1',
    CI_PIPELINE_URL: 'https://example.org/2',
    SPACK_ARTIFACTS_ROOT: scratch,
    SPACK_CONCRETE_ENV_DIR: concrete,
    SPACK_JOB_LOG_DIR: join(scratch, 'logs'),
    SPACK_JOB_TEST_DIR: join(scratch, 'tests'),
    SPACK_JOB_REPRO_DIR: join(scratch, 'reproduction'),
    SPACK_JOB_SPEC_DAG_HASH: lab.hash,
    SPACK_JOB_SPEC_PKG_NAME: 'trivial',
    SPACK_PIPELINE_TYPE: 'spack_pull_request',
    SPACK_CI_STACK_NAME: 'bench',
  };
}
