import { existsSync } from 'node:fs';
import { cp, lstat, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { applyChange, serveStack } from '../support/served-stack.ts';
import type { Change, ServedStack } from '../support/served-stack.ts';
import { builtinRecipes, findSpacks, readyToBuild } from '../support/spack-lab.ts';
import { sourcesFolder } from '../support/spack-sources.ts';

const sources = sourcesFolder();
const canRun = sources !== undefined && (await sandboxAvailable());
const spacks = (await findSpacks()).filter(readyToBuild);
if (!canRun || spacks.length === 0) test.skip('needs a Spack, sources and a sandbox', () => undefined);

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

/**
 * Every file of a Spack with its size and time, and the names where Spack or a build would leave something. Bytecode
 * beside the sources does not count: another test may use this Spack without a sandbox.
 */
async function outsideState(root: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const below = (await readdir(root, { recursive: true })).filter((name) => !/^\.git\/|__pycache__/.test(name));
  const files = below.toSorted().map(async (name) => {
    const found = await lstat(join(root, name));
    return found.isDirectory() ? `${name}/` : `${name} ${found.size} ${found.mtimeMs}`;
  });
  const names = async (folder: string) => (await readdir(folder).catch(() => ['absent'])).toSorted();
  return {
    spack: await Promise.all(files),
    opt: await names('/opt'),
    store: await names('/opt/stack'),
    user: await names(join(homedir(), '.spack')),
    temporary: (await names(tmpdir())).filter((name) => /spack/.test(name) && !name.startsWith('slipway-')),
  };
}

async function copyCaches(from: string | undefined, to: string | undefined): Promise<void> {
  if (from === undefined || to === undefined || !existsSync(from) || existsSync(to)) return;
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}

describe.skipIf(!canRun).each(spacks)('a served stack in the sandbox, Spack $version', ({ root, version }) => {
  let served: ServedStack;
  let folder: string;
  let before: Awaited<ReturnType<typeof outsideState>>;
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
    before = await outsideState(root);
    const data = join(folder, 'data');
    await copyCaches(kept, join(data, 'runner/spack'));
    served = await serveStack({ stack: { variables }, server: { data } });
  });
  afterAll(async () => {
    await served?.close();
    await copyCaches(join(folder, 'data/runner/spack'), kept);
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

  test('leaves nothing outside of the data folder', async () => {
    expect(await outsideState(root)).toEqual(before);
  });
});
