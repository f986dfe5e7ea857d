import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/kit/package-root.ts';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { canRecordRoot, runRecorded } from '../support/recorded-root.ts';
import { applyChange, serveStack, type Change, type ServedStack } from '../support/served-stack.ts';
import { builtinRecipes, findSpacks, readyToBuild } from '../support/spack-lab.ts';
import { sourcesFolder } from '../support/spack-sources.ts';

const sources = sourcesFolder();
const canRun = sources !== undefined && (await sandboxAvailable());
const spacks = (await findSpacks()).filter(readyToBuild);
if (!canRun || spacks.length === 0) test.skip('needs a Spack, sources and a sandbox', () => undefined);

/** The server's data folder where this file runs a second time, with all other changes of the file system recorded. */
const recordedData = process.env.SLIPWAY_TEST_RECORDED_DATA;
const isRecorded = canRun && recordedData === undefined && (await canRecordRoot());
const isHere = canRun && !isRecorded;
if (recordedData === undefined && !isRecorded)
  process.stderr.write('skipped: changes of the root file system; only root can record them, with an overlay\n');

const recipe = join(import.meta.dirname, '../fixtures/spack-lab/packages/tide/package.py');
const outside = { installTree: '/opt/slipway-test-tree', view: '/opt/slipway-test-views/all' };

function stackYaml(version: string): string {
  const repos = version.startsWith('0.') ? ['packages-of-ours'] : { lab: 'packages-of-ours' };
  const spack = {
    specs: ['tide'],
    repos,
    view: outside.view,
    concretizer: { unify: true, reuse: false },
    packages: { all: { require: 'target=x86_64' } },
    config: { install_tree: { root: outside.installTree, padded_length: 128 } },
  };
  return JSON.stringify({ spack });
}

/** Configuration of the operator: recipes of Spack 1.x, and a mirror for what cannot be downloaded. */
async function operatorScope(folder: string, version: string): Promise<string> {
  const repos = version.startsWith('0.') ? [] : { builtin: builtinRecipes() };
  await applyChange(folder, {
    'repos.yaml': JSON.stringify({ repos }),
    'mirrors.yaml': JSON.stringify({ mirrors: { sources: { url: `file://${sources}`, source: true, binary: false } } }),
    'bootstrap.yaml': JSON.stringify({ bootstrap: { enable: true, sources: [] } }),
  });
  return folder;
}

async function copyCaches(from: string | undefined, to: string | undefined): Promise<void> {
  if (from === undefined || to === undefined || !existsSync(from) || existsSync(to)) return;
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}

describe.skipIf(!isHere).each(spacks)('a served stack in the sandbox, Spack $version', ({ root, version }) => {
  let served: ServedStack;
  let folder: string;
  let data: string;
  let files: Change;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-operator-'));
    const scope = await operatorScope(join(folder, 'scope'), version);
    const variables = { SPACK_ROOT: root, SPACK_SYSTEM_CONFIG_PATH: scope };
    files = {
      'spack.yaml': stackYaml(version),
      'slipway.yaml': 'forks: run\n',
      'packages-of-ours/repo.yaml': 'repo:\n  namespace: lab\n',
      'packages-of-ours/packages/tide/package.py': await readFile(recipe, 'utf8'),
    };
    data = join(recordedData ?? folder, `data of ${version}`);
    await copyCaches(kept, join(data, 'runner/spack'));
    served = await serveStack({ stack: { variables }, server: { data } });
  });
  afterAll(async () => {
    await served?.close();
    await copyCaches(join(data, 'runner/spack'), kept);
    await rm(folder, { recursive: true, force: true });
  });

  /**
   * Preparing costs a minute of processor time: with `SLIPWAY_TEST_SPACK_CACHE` the result is kept for the next run.
   */
  const cache = process.env.SLIPWAY_TEST_SPACK_CACHE;
  const kept = cache === undefined ? undefined : join(cache, `prepared-${version}`);

  const changed = async (text: string): Promise<Change> => ({
    ...files,
    'packages-of-ours/packages/tide/package.py': `${await readFile(recipe, 'utf8')}\n        # ${text}\n        print("${text}")\n`,
  });

  async function expectBuilt(sha: string, trust: string): Promise<void> {
    const status = await served.finalStatus(sha);
    const jobs = await served.jobs(sha);
    const failed = [...jobs].filter(([, job]) => job.status !== 'success');
    expect({ state: status.state, failed: failed.map(([name, { log }]) => `${name}\n${log.slice(-3000)}`) }).toEqual({
      state: 'success',
      failed: [],
    });
    const [, tide] = [...jobs].find(([name]) => name.startsWith('tide@')) ?? [];
    expect(tide?.log, 'log of tide').toContain('built in');
    const { pipelines } = served.server.coordinator.context;
    expect(pipelines.list({ stack: 'small-stack' }).find((one) => one.head === sha)?.trust).toBe(trust);
  }

  test('builds and signs the protected branch', async () => {
    await expectBuilt(await served.push('main', files), 'protected');
  });

  test('builds a pull request from the same repository, with its own recipe', async () => {
    await expectBuilt(await served.push('team', await changed('of the team')), 'pull-request');
  });

  test('builds a pull request from a fork, with its own recipe', async () => {
    const { repository } = served;
    await repository.git('checkout', '--quiet', 'main');
    await applyChange(repository.work, await changed('of a fork'));
    await repository.git('commit', '--quiet', '--all', '--message', 'Change tide');
    await repository.git('push', '--quiet', 'origin', 'HEAD:refs/pull/7/head');
    await expectBuilt(await repository.git('rev-parse', 'HEAD'), 'untrusted');
  });

  test('prepares Spack’s caches once for all of them, and no job writes there', async () => {
    const caches = join(served.server.folder.runner, 'spack');
    const [only, ...others] = await readdir(caches);
    expect(others).toEqual([]);
    expect(existsSync(join(caches, only ?? '', 'bytecode'))).toBe(true);
    expect((await readdir(join(caches, only ?? '', 'misc/providers'))).join(' ')).not.toContain('lab-');
  });
});

test.skipIf(!isRecorded || spacks.length === 0)('none of this changes a file outside the data folder', async () => {
  const words = ['run', '--config', 'vitest.spack.config.ts', 'test/spack/sandboxed-stack.test.ts'];
  const modules = join(packageRoot(), 'node_modules');
  const { failed, output, changes } = await runRecorded([join(modules, '.bin/vitest'), ...words], {
    cwd: packageRoot(),
    env: { NO_COLOR: '1' },
    folderVariable: 'SLIPWAY_TEST_RECORDED_DATA',
  });
  expect(failed, output).toBe(false);
  const ofVitest = join(modules, '.vite');
  expect(changes.filter((path) => path !== ofVitest && !path.startsWith(`${ofVitest}/`))).toEqual([]);
});
