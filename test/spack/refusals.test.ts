import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { folderStore } from '../../src/mirror/index.ts';
import { createSigner, generateKey } from '../../src/notary/index.ts';
import { manifestKey, readLockfile, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { applyChange } from '../support/served-stack.ts';
import { findSpacks, readyToBuild } from '../support/spack-lab.ts';
import { sourcesFolder, stackLab } from '../support/spack-sources.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

const recipe = (name: string, body: string) => `from spack.package import *

try:
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass


class ${name}(Package):
    """A package that cannot be built."""

    homepage = "https://example.org"
${body}`;

const brokenCode = recipe(
  'BrokenCode',
  `    has_code = False
    version("1.0")
    depends_on("c", type="build")

    def install(self, spec, prefix):
        with open("broken.c", "w") as f:
            f.write('int main(void) { return nowhere; }\\n')
        Executable(env["CC"])("-o", "broken", "broken.c")
`,
);
const wrongSource = (url: string) =>
  recipe(
    'WrongSource',
    `    url = "${url}"
    version("1.0", sha256="${'0'.repeat(64)}")
    depends_on("c", type="build")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)
`,
  );

describe.each(spacks)('what cannot be done, Spack $version', ({ root, version }) => {
  let folder: string;
  let project: string;
  let variables: Readonly<Record<string, string>>;

  const slipway = async (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const collected = collectedTerminal();
    const env = { PATH: process.env.PATH, ...variables, CI_PROJECT_DIR: project, SLIPWAY_MIRROR: mirror(), ...more };
    const { signal } = new AbortController();
    const exitCode = await main(words, { env, cwd: project, terminal: collected.terminal, signal });
    const shown = collected
      .stderr()
      .split('\n')
      .find((line) => line.startsWith('error:'));
    return { exitCode, shown, all: collected.stderr() };
  };
  const mirror = () => join(folder, 'mirror');
  const environment = (specs: readonly string[]) =>
    JSON.stringify({
      spack: { specs, view: false, repos: ['spack-repo'], concretizer: { unify: true, reuse: false } },
    });
  const lock = async (): Promise<Lockfile> => {
    const path = join(project, 'jobs_scratch_dir/concrete_environment/spack.lock');
    return readLockfile(await readFile(path, 'utf8'), path);
  };
  const nodeOf = async (name: string): Promise<SpecNode> =>
    [...(await lock()).nodes.values()].find((node) => node.name === name) as SpecNode;
  const rebuild = async (name: string, more: Readonly<Record<string, string>> = {}) =>
    slipway(['rebuild'], {
      SPACK_JOB_SPEC_DAG_HASH: (await nodeOf(name)).hash,
      SPACK_JOB_SPEC_PKG_NAME: name,
      SPACK_JOB_SPEC_PKG_VERSION: (await nodeOf(name)).version,
      // A job of a server, which keeps layout v3 whichever Spack builds.
      SLIPWAY_TRUST: 'pull-request',
      ...more,
    });
  const result = async () =>
    JSON.parse(await readFile(join(project, 'jobs_scratch_dir/logs/rebuild.json'), 'utf8')) as Record<string, unknown>;
  const logs = () => readdir(join(project, 'jobs_scratch_dir/logs'));
  /** Names of the packages that the mirror has anything of. */
  const traces = async () => readdir(join(mirror(), 'v3/manifests/spec')).catch(() => []);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-refusals-'));
    project = join(folder, 'project');
    ({ variables } = await stackLab(root, sourcesFolder() ?? folder, version));
    const source = join(folder, 'wrong-source-1.0.tar.gz');
    await mkdir(join(folder, 'wrong-source-1.0'));
    execFileSync('tar', ['-czf', source, '-C', folder, 'wrong-source-1.0']);
    await applyChange(project, {
      'spack.yaml': environment(['gauge', 'broken-code', 'wrong-source']),
      'spack-repo/repo.yaml': 'repo:\n  namespace: refusals\n',
      'spack-repo/packages/broken-code/package.py': brokenCode,
      'spack-repo/packages/wrong-source/package.py': wrongSource(`file://${source}`),
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe('to lock', () => {
    const refused = async (specs: readonly string[]) => {
      const place = join(project, 'bad');
      await applyChange(place, { 'spack.yaml': environment(specs).replace('"spack-repo"', '"../spack-repo"') });
      return slipway(['generate', '--env', 'bad']);
    };

    test('a package that does not exist', async () => {
      const { exitCode, shown } = await refused(['gaugee']);
      expect(shown).toContain(
        'Package `gaugee` cannot be found: no repository has a package of that name. [SPACK_PACKAGE_UNKNOWN]',
      );
      expect(exitCode).toBe(1);
    });

    test('a conflict', async () => {
      const { exitCode, shown } = await refused(['gauge ^tide@99']);
      expect(shown).toMatch(/Spec `(?:gauge \^)?tide@99` cannot be concretized: .*tide@99.* \[SPACK_UNSATISFIABLE\]/);
      expect(exitCode).toBe(1);
    });

    test('a compiler that is not there', async () => {
      const { exitCode, shown } = await refused(['tide %gcc@99.1']);
      expect(shown).toMatch(
        /Spec `(?:tide.*)?gcc@99.1` needs a compiler that is not installed: .* \[SPACK_COMPILER_MISSING\]/,
      );
      expect(exitCode).toBe(1);
    });
  });

  describe('to build', () => {
    beforeAll(async () => {
      const { exitCode, all } = await slipway(['generate']);
      expect(exitCode, all).toBe(0);
      for (const name of ['gcc-runtime', 'compiler-wrapper']) {
        if ((await nodeOf(name)) === undefined) continue;
        const built = await rebuild(name);
        expect(built.exitCode, built.all).toBe(0);
      }
    });

    test('a source with another checksum', async () => {
      const { exitCode, shown } = await rebuild('wrong-source');
      expect(shown).toMatch(/Package `wrong-source@1.0` failed in phase `fetch` \[source\]: .*checksum failed/);
      expect(exitCode).toBe(1);
      expect(await result()).toMatchObject({ done: 'failed', class: 'source', phase: 'fetch' });
      expect((await logs()).some((name) => name.startsWith('wrong-source-'))).toBe(true);
      expect(await traces()).not.toContain('wrong-source');
    });

    test('a failing compile', async () => {
      const { exitCode, shown } = await rebuild('broken-code');
      expect(shown).toMatch(
        /Package `broken-code@1.0` failed in phase `install` \[compile\]: broken.c:1:\d+: error: .*nowhere/,
      );
      expect(exitCode).toBe(1);
      expect(await result()).toMatchObject({ done: 'failed', class: 'compile', phase: 'install' });
      expect(await logs()).toContain('spack-build-out.txt');
      expect(await traces()).not.toContain('broken-code');
    });

    test('a compiler that has gone since the lock was made', async () => {
      // Neither on PATH nor named by configuration.
      const bare = { PATH: '/nonexistent', SPACK_USER_CONFIG_PATH: join(folder, 'none') };
      const { exitCode, shown } = await rebuild('broken-code', { ...bare, SPACK_PYTHON: process.execPath });
      expect(shown).toMatch(/Spack cannot run on this machine, which lacks .*a compiler/);
      expect(exitCode).toBe(1);
    });

    test('a mirror that cannot be reached', async () => {
      const gone = { SLIPWAY_MIRROR: 's3://gone', S3_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'a' };
      const { exitCode, shown } = await rebuild('tide', { ...gone, AWS_SECRET_ACCESS_KEY: 'b' });
      expect(shown).toMatch(/tide@1.0 could not be built \[mirror\]: .*s3:\/\/gone/);
      expect(exitCode).toBe(1);
      expect(await result()).toMatchObject({ class: 'mirror' });
    });

    test('an unsigned dependency, and one that a stranger signed', async () => {
      const [key, other] = await Promise.all(
        ['Lab', 'Stranger'].map((name) => generateKey({ name, date: new Date(), algorithm: 'ed25519' })),
      );
      const trust = { SLIPWAY_TRUST: 'protected', SLIPWAY_TRUSTED_KEYS: createSigner(key!).publicKey };
      const store = folderStore(mirror());
      const sign = async (name: string, by = key) => {
        const path = manifestKey(await nodeOf(name));
        const text = (await store.get(path))?.toString() ?? '';
        if (!text.startsWith('-----')) await store.put(path, Buffer.from(await createSigner(by!).sign(text)));
      };
      expect(await rebuild('tide')).toMatchObject({ exitCode: 0 });
      for (const name of ['gcc-runtime', 'compiler-wrapper']) if ((await nodeOf(name)) !== undefined) await sign(name);
      const unsigned = await rebuild('gauge', trust);
      expect(unsigned.shown).toMatch(/gauge@2.1 could not be built \[signature\]: `tide-1.0-\w+` is not signed/);
      await sign('tide', other);
      const wrong = await rebuild('gauge', trust);
      expect(wrong.shown).toMatch(
        /gauge@2.1 could not be built \[signature\]: `tide-1.0-\w+` is signed with key `\w+`, which is not trusted/,
      );
      expect([unsigned.exitCode, wrong.exitCode]).toEqual([1, 1]);
      expect(await result()).toMatchObject({ class: 'signature' });
      expect(await traces()).not.toContain('gauge');
    });

    test('a lock of a version that does not exist yet', async () => {
      const path = join(project, 'jobs_scratch_dir/concrete_environment/spack.lock');
      const given = { SPACK_JOB_SPEC_DAG_HASH: (await nodeOf('gauge')).hash, SPACK_JOB_SPEC_PKG_NAME: 'gauge' };
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/"lockfile-version":\s*\d+/, '"lockfile-version":99'));
      const { exitCode, shown } = await slipway(['rebuild'], { ...given, SPACK_JOB_SPEC_PKG_VERSION: '2.1' });
      expect(shown).toMatch(/gauge@2.1 cannot be rebuilt: Lock file .* has lockfile-version 99/);
      expect(exitCode).toBe(1);
    });
  });
});
