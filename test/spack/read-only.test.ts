import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/kit/package-root.ts';
import { readLockfile, type Lockfile } from '../../src/spack/index.ts';
import { findPart } from '../support/part.ts';
import { applyChange } from '../support/served-stack.ts';
import { findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';

const bwrap = findPart('bwrap');
const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

/** Places on a file system that the job may not write to. */
const places = { installTree: '/opt/slipway-test-tree', view: '/opt/slipway-test-views/all' };
const harbor = {
  specs: ['harbor'],
  concretizer: { unify: true, reuse: false },
  packages: { all: { require: 'target=x86_64' } },
};
const stacks = {
  'with Spack’s defaults': harbor,
  'with a padded store and a view elsewhere': {
    ...harbor,
    view: places.view,
    config: {
      install_tree: { root: places.installTree, padded_length: 128 },
      build_stage: ['/opt/slipway-test-stage'],
    },
  },
};

describe.skipIf(bwrap === undefined).each(spacks)('a read-only Spack $version that was never used', ({ root }) => {
  let folder: string;
  let lab: SpackLab;
  let plain: Lockfile;
  const place = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-read-only-'));
    lab = await spackLab({ root, folder: place('lab'), store: place('store') });
    await applyChange(place('plain'), { 'spack.yaml': JSON.stringify({ spack: { ...harbor, view: false } }) });
    await lab.spack('-e', place('plain'), 'concretize');
    plain = await lockIn(place('plain'));
    await warmCache(lab, place('cache/spack'));
    // The job finds no store that the lab's configuration names.
    await lab.configure('config.yaml', '{}');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const lockIn = async (where: string) => readLockfile(await readFile(join(where, 'spack.lock'), 'utf8'), where);

  /** Runs `slipway` where nothing can be written but this test's own folder. */
  async function slipway(project: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const used = join(root, 'opt');
    const hidden = existsSync(used) ? ['--tmpfs', used, '--remount-ro', used] : [];
    const system = ['--ro-bind', '/', '/', ...hidden, '--dev', '/dev', '--proc', '/proc', '--bind', folder, folder];
    const program = [process.execPath, '--import', import.meta.resolve('tsx'), join(packageRoot(), 'src/cli/start.ts')];
    const own = { SPACK_ROOT: root, SLIPWAY_CACHE: place('cache'), TMPDIR: folder, CI_PROJECT_DIR: project };
    return execa(bwrap as string, [...system, '--chdir', project, '--', ...program, ...words], {
      env: { ...lab.env, ...own, ...more },
      extendEnv: false,
      all: true,
      reject: false,
    });
  }

  test.each(Object.entries(stacks))('locks a stack %s as a plain `spack concretize` does', async (name, spack) => {
    const project = place(name);
    await applyChange(project, { 'spack.yaml': JSON.stringify({ spack }) });
    const { exitCode, all } = await slipway(project, ['generate']);
    expect(exitCode, all).toBe(0);
    const lock = await lockIn(join(project, 'jobs_scratch_dir/concrete_environment'));
    expect([...lock.nodes.keys()].toSorted()).toEqual([...plain.nodes.keys()].toSorted());
  });

  test.each(Object.keys(stacks))('builds a package of a stack %s', async (name) => {
    const { hash, version } = [...plain.nodes.values()].find((node) => node.name === 'gcc-runtime') ?? {};
    const { exitCode, all } = await slipway(place(name), ['rebuild'], {
      SLIPWAY_MIRROR: place(`mirror of ${name}`),
      SPACK_JOB_SPEC_DAG_HASH: String(hash),
      SPACK_JOB_SPEC_PKG_NAME: 'gcc-runtime',
      SPACK_JOB_SPEC_PKG_VERSION: String(version),
    });
    expect(exitCode, all).toBe(0);
    expect(all).toContain('built in');
  });
});
