import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { closure, readLockfile, topologicalOrder } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';
import { realStackYaml, sourcesFolder } from '../support/spack-sources.ts';

const sources = sourcesFolder();
const spacks = sources === undefined ? [] : (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack and sources', () => undefined);

const recipe = (name: string, lines: readonly string[], base = 'generic') => `from spack.package import *

try:
    from spack_repo.builtin.build_systems.${base} import ${base === 'generic' ? 'Package' : 'BundlePackage'}
except ImportError:
    pass


class ${name}(${base === 'generic' ? 'Package' : 'BundlePackage'}):
    """A package of the tests of mirrors of sources."""

    homepage = "https://example.org"
${lines.map((line) => `    ${line}\n`).join('')}`;

const installs = ['def install(self, spec, prefix):', '    install_tree(".", prefix)'];

interface Listed {
  readonly package: string;
  readonly outcome: string;
  readonly files: readonly string[];
  readonly moving: readonly string[];
  readonly reason?: string;
}

describe.each(spacks)('the mirror of sources of a lock, by Spack $version', ({ root, version }) => {
  let folder: string;
  let lab: SpackLab;
  const place = (name: string) => join(folder, name);
  const mirror = () => place('airgap');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-sources-'));
    lab = await spackLab({ root, folder: place('lab'), store: place('store') });
    await warmCache(lab, place('cache/spack'));
    await configureMirror({ sources: `file://${sources}` });
    await writeRecipes();
    const specs = ['lz4@1.10.0 build_system=makefile', 'shell', 'fleet', 'drift', 'wreck'];
    await mkdir(place('env'));
    await writeFile(place('env/spack.yaml'), realStackYaml({ specs }));
    await lab.spack('-e', place('env'), 'concretize');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function configureMirror(urls: Readonly<Record<string, string>>): Promise<void> {
    const entries = Object.entries(urls).map(([name, url]) => [name, { url, source: true, binary: false }]);
    await lab.configure('mirrors.yaml', JSON.stringify({ mirrors: Object.fromEntries(entries) }));
  }

  /** An archive with a resource and a patch, a bundle, a branch of git, and an address that does not answer. */
  async function writeRecipes(): Promise<void> {
    const origin = place('origin');
    await mkdir(join(origin, 'shell-1.0'), { recursive: true });
    await mkdir(join(origin, 'pearl-2.0'), { recursive: true });
    await writeFile(join(origin, 'shell-1.0/shell.txt'), 'a shell\n');
    await writeFile(join(origin, 'pearl-2.0/pearl.txt'), 'a pearl\n');
    const patch = '--- a/shell.txt\n+++ b/shell.txt\n@@ -1 +1 @@\n-a shell\n+a patched shell\n';
    await writeFile(join(origin, 'shell.patch'), patch);
    for (const name of ['shell-1.0', 'pearl-2.0'])
      await execa('tar', ['-czf', `${name}.tar.gz`, name], { cwd: origin });
    const digest = async (file: string) =>
      createHash('sha256')
        .update(await readFile(join(origin, file)))
        .digest('hex');
    const [shell, pearl, diff] = await Promise.all(['shell-1.0.tar.gz', 'pearl-2.0.tar.gz', 'shell.patch'].map(digest));
    await execa('git', ['init', '--quiet', '--initial-branch', 'main', join(origin, 'drift')]);
    await writeFile(join(origin, 'drift/drift.txt'), 'wood\n');
    const identity = ['-c', 'user.name=Lab', '-c', 'user.email=lab@example.org'];
    await execa('git', ['add', '.'], { cwd: join(origin, 'drift') });
    await execa('git', [...identity, 'commit', '--quiet', '-m', 'One'], { cwd: join(origin, 'drift') });
    const recipes = {
      shell: recipe('Shell', [
        `url = "file://${origin}/shell-1.0.tar.gz"`,
        `version("1.0", sha256="${shell}")`,
        `resource(name="pearl", url="file://${origin}/pearl-2.0.tar.gz", sha256="${pearl}", destination="inside")`,
        `patch("file://${origin}/shell.patch", sha256="${diff}")`,
        ...installs,
      ]),
      drift: recipe('Drift', [`git = "file://${origin}/drift"`, 'version("main", branch="main")', ...installs]),
      fleet: recipe('Fleet', ['version("1.0")', 'depends_on("shell", type="run")'], 'bundle'),
      wreck: recipe('Wreck', [
        'url = "http://127.0.0.1:9/wreck-1.0.tar.gz"',
        `version("1.0", sha256="${'0'.repeat(64)}")`,
        ...installs,
      ]),
    };
    for (const [name, text] of Object.entries(recipes)) {
      await mkdir(place(`lab/recipes/packages/${name}`), { recursive: true });
      await writeFile(place(`lab/recipes/packages/${name}/package.py`), text);
    }
  }

  const environment = () => ({
    ...lab.env,
    SPACK_ROOT: root,
    SLIPWAY_CACHE: place('cache'),
    // Nothing is fetched from anywhere else.
    http_proxy: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
  });

  async function slipway(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const context = { env: { ...environment(), ...variables }, cwd: folder, terminal };
    const exitCode = await main(words, { ...context, signal: new AbortController().signal });
    return { exitCode, stdout: stdout(), stderr: stderr() };
  }

  async function collect() {
    const words = ['mirror', 'sources', mirror(), '--lock', place('env/spack.lock'), '--json'];
    const { exitCode, stdout, stderr } = await slipway(words);
    const { packages } = JSON.parse(stdout) as { packages: readonly Listed[] };
    const listed = new Map(packages.map((one) => [/^[\w-]+/.exec(one.package)?.[0] ?? '', one]));
    return { exitCode, stderr, listed };
  }

  test('has every archive, resource and patch; what has none, moves or fails is listed, and a failure is the end', async () => {
    const { exitCode, stderr, listed } = await collect();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/PACKAGE_JOB_SOURCES_MISSING/);
    expect(stderr).toMatch(/\[\d+\/\d+\] fetched: lz4@1\.10\.0/);
    const outcomes = Object.fromEntries([...listed].map(([name, { outcome }]) => [name, outcome]));
    expect(outcomes).toMatchObject({
      lz4: 'fetched',
      shell: 'fetched',
      drift: 'fetched',
      fleet: 'none',
      wreck: 'failed',
    });
    expect(listed.get('shell')?.files).toHaveLength(3);
    expect(listed.get('wreck')?.reason).toMatch(/wreck-1\.0\.tar\.gz.*(?:refused|111)/i);
    expect(listed.get('fleet')?.reason).toBe('it has no code of its own');
    // From 1.2 on a lock has the commit of a branch.
    expect(listed.get('drift')?.moving).toEqual(version.startsWith('0.') ? [expect.stringContaining('drift')] : []);
    for (const file of [...listed.values()].flatMap(({ files }) => files))
      expect((await stat(join(mirror(), file))).size).toBeGreaterThan(0);
  });

  test('is filled again with what it lacks, and nothing else', async () => {
    const before = await collect();
    expect(before.listed.get('lz4')?.outcome).toBe('present');
    const [file = ''] = before.listed.get('lz4')?.files ?? [];
    await rm(join(mirror(), file));
    await rm(place('cache/spack/sources'), { recursive: true, force: true });
    const { listed } = await collect();
    const fetched = [...listed].flatMap(([name, { outcome }]) => (outcome === 'fetched' ? [name] : []));
    expect(fetched).toEqual(['lz4']);
  });

  test('is all that Spack and `slipway rebuild` need where there is nothing else', async () => {
    await rm(place('origin'), { recursive: true });
    await rm(place('lab/src'), { recursive: true, force: true });
    await rm(place('cache/spack/sources'), { recursive: true, force: true });
    await configureMirror({ airgap: `file://${mirror()}` });
    const offline = lab.with({ http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' });
    const path = place('env/spack.lock');
    const lock = readLockfile(await readFile(path, 'utf8'), path);
    const hashOf = (name: string) => [...lock.nodes.values()].find((node) => node.name === name)?.hash ?? '';
    const roots = ['lz4', 'shell', 'fleet', 'drift'].map((name) => `/${hashOf(name)}`);
    await offline.spack('-e', place('env'), 'install', '--no-cache', ...roots);
    const installed = async (name: string) => (await offline.spack('location', '-i', `/${hashOf(name)}`)).trim();
    expect(await readFile(join(await installed('shell'), 'shell.txt'), 'utf8')).toBe('a patched shell\n');
    expect(await readdir(join(await installed('shell'), 'inside'))).toEqual(['pearl-2.0']);

    const needed = closure(lock, [hashOf('shell')], ['build', 'link', 'run']);
    for (const { hash, external } of topologicalOrder(lock, needed)) {
      if (external !== undefined) continue;
      const { exitCode, stderr } = await slipway(['rebuild'], {
        SLIPWAY_MIRROR: place('binaries'),
        CI_PROJECT_DIR: folder,
        SPACK_CONCRETE_ENV_DIR: 'env',
        SPACK_JOB_SPEC_DAG_HASH: hash,
      });
      expect(exitCode, stderr).toBe(0);
    }
  });
});
