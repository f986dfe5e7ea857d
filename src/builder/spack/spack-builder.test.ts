import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { writeLockfile, type SpecNode } from '../../spack/index.ts';
import type { BuildRequest, DependencyTarget } from '../builder.ts';
import { spackBuilder } from './spack-builder.ts';

const lock = tinyLock();
const { gauge, tide } = lock;

let folder: string;
let lines: string[];
let placed: { node: SpecNode; folder: string; place?: DependencyTarget }[];
beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
  placed = [];
  await mkdir(join(folder, 'stack'));
  await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge]\n  view: true\n');
});

const prefixOf = ({ name, version }: SpecNode) => join(folder, 'store/linux', `${name}-${version}`);

/** What the script that asks Spack for its layout prints. */
function layoutAnswer(): string {
  const layout = {
    root: join(folder, 'store'),
    unpaddedRoot: join(folder, 'store'),
    sbang: join(folder, 'store/bin/sbang'),
    spackPrefix: join(folder, 'spack'),
    prefixes: Object.fromEntries([gauge, tide].map((node) => [node.hash, prefixOf(node)])),
  };
  return `echo '${JSON.stringify(layout)}' > "$2"`;
}

async function builder(commands: Readonly<Record<string, string>>, options: { state?: string } = {}) {
  const known = { config: "echo '- compiler:'", python: layoutAnswer(), ...commands };
  const { env } = await fakeSpack(folder, { commands: known });
  return spackBuilder({
    env: {
      ...env,
      AWS_SECRET_ACCESS_KEY: 'secret of the job',
      OCI_TOKEN: 'of the registry',
      CI_JOB_TOKEN: 'of the job',
    },
    cacheFolder: join(folder, 'cache'),
    log: (line) => lines.push(line),
    mirrors: async () => ({ variables: ['OCI_TOKEN'], ...('state' in options ? options : { state: 'the same' }) }),
    namespaces: false,
  });
}

function request(options: Partial<BuildRequest> = {}): BuildRequest {
  return {
    lock,
    hash: gauge.hash,
    environment: join(folder, 'stack'),
    scratch: join(folder, 'scratch'),
    jobs: 4,
    runTests: false,
    artifacts: join(folder, 'logs'),
    log: (line) => lines.push(line),
    fetchDependency: async (node, at, place) => {
      placed.push({ node, folder: at, ...(place === undefined ? {} : { place }) });
      await mkdir(at, { recursive: true });
      await writeFile(join(at, 'from-the-mirror'), node.name);
    },
    ...options,
  };
}

const calls = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
const install = () => `mkdir -p '${prefixOf(gauge)}' && cp '${prefixOf(tide)}/from-the-mirror' '${prefixOf(gauge)}'`;

describe('build', () => {
  test('puts the dependencies in place, moved to this store, and installs the one package without any binary', async () => {
    const built = await (await builder({ install: install() })).build(request());
    expect(placed).toMatchObject([
      { node: { name: 'tide' }, place: { prefix: prefixOf(tide), root: join(folder, 'store') } },
    ]);
    expect(await readFile(join(built.folder, 'from-the-mirror'), 'utf8')).toBe('tide');
    expect(built).toMatchObject({ prefix: prefixOf(gauge), store: { spackPrefix: join(folder, 'spack') } });
    expect([...built.prefixes.keys()].toSorted()).toEqual([gauge.hash, tide.hash].toSorted());
    expect((await calls()).filter((call) => call.startsWith('install'))).toEqual([
      `install --verbose --only=package --no-cache --keep-stage -j 4 /${gauge.hash}`,
    ]);
  });

  test('Spack sees the lock and no view, in a copy; and none of the job’s credentials', async () => {
    const look = `cat "$env/spack.yaml" "$env/spack.lock"; env; ${install()}`;
    await (await builder({ install: look })).build(request());
    const said = lines.join('\n');
    expect(said).toContain('view: false');
    expect(said).toContain(gauge.hash);
    expect(said).not.toMatch(/secret of the job|of the registry|of the job/);
    expect(await readdir(join(folder, 'stack'))).toEqual(['spack.yaml']);
  });

  test('recipes and configuration of the stack are found from the copy, and what is of another time is kept from Spack', async () => {
    const yaml = `spack:
  specs: [gauge]
  repos: [../own-recipes, $spack/builtin]
  include: [../more]
  gitlab-ci: { mappings: [] }
`;
    await writeFile(join(folder, 'stack/spack.yaml'), yaml);
    await mkdir(join(folder, 'own-recipes'));
    await mkdir(join(folder, 'more'));
    await (await builder({ install: `cat "$env/spack.yaml"; ${install()}` })).build(request());
    const said = lines.join('\n');
    expect(said).toContain(`repos: [ ${join(folder, 'own-recipes')}, $spack/builtin ]`);
    expect(said).toContain(`include: [ ${join(folder, 'more')} ]`);
    expect(said).not.toContain('gitlab-ci');
  });

  test('a dependency that another job has put into the store that they share is taken', async () => {
    const own = request().fetchDependency;
    const together = request({
      fetchDependency: async (node, at, place) => {
        await own(node, at, place);
        await mkdir(prefixOf(node), { recursive: true });
        await writeFile(join(prefixOf(node), 'from-the-mirror'), 'of the other');
      },
    });
    const { folder: prefix } = await (await builder({ install: install() })).build(together);
    expect(await readFile(join(prefix, 'from-the-mirror'), 'utf8')).toBe('of the other');
    expect(await readdir(join(folder, 'store/linux'))).toHaveLength(2);
  });

  test('asks for the installer that reports phases, of a Spack that has a choice', async () => {
    const made = await builder({ install: `echo "settings $settings"; ${install()}` });
    await made.build(request());
    expect(lines.find((line) => line.startsWith('settings'))).not.toContain('installer');
    lines = [];
    await mkdir(join(folder, 'spack/lib/spack/spack/schema'));
    const schema = '"installer": {\n "type": "string",\n "enum": ["old", "new"],\n}';
    await writeFile(join(folder, 'spack/lib/spack/spack/schema/config.py'), schema);
    await made.build(request());
    expect(lines.find((line) => line.startsWith('settings'))).toContain('config:installer:old');
  });

  test('a failure names package, phase, class and the first error line, and keeps the logs', async () => {
    const stage = join(folder, 'scratch/stage/spack-stage-gauge');
    const fail = `echo "==> gauge: Executing phase: 'build'"; echo 'gauge.c:3:1: error: no tide'; mkdir -p '${stage}'; echo log > '${stage}/spack-build-out.txt'; echo SECRET=1 > '${stage}/spack-build-env.txt'; exit 1`;
    await expect((await builder({ install: fail })).build(request())).rejects.toMatchObject({
      code: 'SPACK_BUILD_FAILED',
      message: 'Package `gauge@2.1` failed in phase `build` [compile]: gauge.c:3:1: error: no tide.',
      details: { class: 'compile' },
    });
    expect(await readdir(join(folder, 'logs'))).toEqual(['spack-build-out.txt']);
  });

  test('tries once more where the class says that it may pass, with one job where memory was short', async () => {
    const once = join(folder, 'once');
    const killed = `if test -e '${once}'; then ${install()}; else touch '${once}'; echo "==> gauge: Executing phase: 'build'"; echo 'cc1plus: out of memory'; exit 1; fi`;
    await (await builder({ install: killed })).build(request());
    const installs = (await calls()).filter((call) => call.startsWith('install'));
    expect(installs.map((call) => / -j (\d+)/.exec(call)?.[1])).toEqual(['4', '1']);
  });

  test('tests that fail are reported and decide nothing', async () => {
    const tested = await builder({ install: install(), test: "echo '==> Error: TestFailure: 1 test failed.'; exit 1" });
    const built = await tested.build(request({ runTests: true }));
    expect(built.tests).toEqual({ passed: false, reason: 'TestFailure: 1 test failed.' });
  });

  test('a dependency that is not there stops it before Spack is asked to install', async () => {
    const absent = request({ fetchDependency: () => Promise.reject(new Error('no tide anywhere')) });
    await expect((await builder({ install: install() })).build(absent)).rejects.toThrow('no tide anywhere');
    expect((await calls()).some((call) => call.startsWith('install'))).toBe(false);
    expect(await readdir(join(folder, 'store/linux'))).toEqual([]);
  });

  test('reports a store that cannot be written, with the remedy', async () => {
    await writeFile(join(folder, 'store'), 'no folder');
    await expect((await builder({ install: install() })).build(request())).rejects.toMatchObject({
      code: 'BUILD_STORE_CLOSED',
      message: expect.stringContaining(`Packages cannot be installed in \`${join(folder, 'store')}\``),
    });
  });

  test('says what the machine lacks before any work', async () => {
    const { env } = await fakeSpack(folder);
    const without = spackBuilder({
      env: { ...env, SPACK_PYTHON: 'false' },
      cacheFolder: join(folder, 'cache'),
      log: (line) => lines.push(line),
      mirrors: async () => ({ variables: [] }),
      namespaces: false,
    });
    await expect(without.build(request())).rejects.toMatchObject({
      code: 'SPACK_PARTS_MISSING',
      message: 'Spack cannot run on this machine, which lacks python3 (runs Spack).',
    });
  });
});

describe('lock', () => {
  const concretize = (answer = writeLockfile(lock)) => `cat > "$env/spack.lock" <<'END'\n${answer}\nEND`;
  const solved = async () => (await calls()).filter((call) => call === 'concretize').length;
  const environment = () => ({ environment: join(folder, 'stack') });

  test('is Spack’s own, made once for the same input, and again when any of it changes', async () => {
    const made = await builder({ concretize: concretize() });
    expect((await made.lock(environment())).roots).toEqual(lock.roots);
    await made.lock(environment());
    expect(await solved()).toBe(1);
    await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge@2.1]\n');
    await made.lock(environment());
    expect(await solved()).toBe(2);
    expect(await readdir(join(folder, 'stack'))).toEqual(['spack.yaml']);
  });

  test('is the same file for the same answer, in whatever order Spack writes it', async () => {
    const reversed = { ...lock, nodes: new Map([...lock.nodes].toReversed()) };
    const made = await builder({ concretize: concretize() }, { state: undefined });
    const before = writeLockfile(await made.lock(environment()));
    const other = await builder({ concretize: concretize(writeLockfile(reversed)) }, { state: undefined });
    expect(writeLockfile(await other.lock(environment()))).toBe(before);
  });

  test('follows what the environment includes', async () => {
    await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  include: [more]\n  specs: [gauge]\n');
    await mkdir(join(folder, 'stack/more'));
    await writeFile(join(folder, 'stack/more/packages.yaml'), 'packages: {}\n');
    const made = await builder({ concretize: concretize() });
    await made.lock(environment());
    await writeFile(join(folder, 'stack/more/packages.yaml'), 'packages: { all: { target: [x86_64] } }\n');
    await made.lock(environment());
    expect(await solved()).toBe(2);
  });

  test('takes no branch of a repository for a folder that is called so', async () => {
    const yaml = 'spack:\n  repos: { builtin: { git: /srv/recipes.git, branch: main }, own: main }\n';
    await writeFile(join(folder, 'stack/spack.yaml'), yaml);
    await mkdir(join(folder, 'stack/main'));
    await (await builder({ concretize: `cat "$env/spack.yaml"; ${concretize()}` })).lock(environment());
    expect(lines.join('\n')).toContain(`branch: main }, own: ${join(folder, 'stack/main')} }`);
  });

  test('names the sources of packages in development where they are', async () => {
    const yaml = `spack:
  specs: [gauge, tide, harbor]
  develop: { gauge: { spec: gauge@=2.1 }, tide: { spec: tide@=1.0, path: ../tide }, harbor: { spec: harbor@=1, path: /srv/harbor } }
`;
    await writeFile(join(folder, 'stack/spack.yaml'), yaml);
    await (await builder({ concretize: `cat "$env/spack.yaml"; ${concretize()}` })).lock(environment());
    expect(lines.join('\n').match(/path: \S+/g)).toEqual(
      [`${folder}/stack/gauge`, `${folder}/tide`, '/srv/harbor'].map((path) => `path: ${path}`),
    );
  });

  test('is made again while it is unknown what may be reused', async () => {
    const made = await builder({ concretize: concretize() }, { state: undefined });
    await made.lock(environment());
    await made.lock(environment());
    expect(await solved()).toBe(2);
    await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge]\n  concretizer: { reuse: false }\n');
    await made.lock(environment());
    await made.lock(environment());
    expect(await solved()).toBe(3);
  });

  test('is made with the keys to mirrors, whose packages may be reused, and with no other', async () => {
    await (await builder({ concretize: `env; ${concretize()}` })).lock(environment());
    const said = lines.join('\n');
    expect(said).toContain('AWS_SECRET_ACCESS_KEY=secret of the job');
    expect(said).toContain('OCI_TOKEN=of the registry');
    expect(said).not.toContain('CI_JOB_TOKEN');
  });

  test('is made with further configuration, and again where that changes', async () => {
    const [scope, other] = [join(folder, 'scope'), join(folder, 'other')];
    for (const one of [scope, other]) await mkdir(one);
    await writeFile(join(scope, 'packages.yaml'), 'packages: {}\n');
    const made = await builder({ concretize: `echo "scopes $scopes"; ${concretize()}` });
    const scoped = { ...environment(), configScopes: [scope, other] };
    await made.lock(scoped);
    expect(lines).toContain(`scopes  ${scope} ${other}`);
    await made.lock(scoped);
    expect(await solved()).toBe(1);
    await writeFile(join(scope, 'packages.yaml'), 'packages: { all: { target: [x86_64] } }\n');
    await made.lock(scoped);
    await made.lock(environment());
    expect(await solved()).toBe(3);
  });

  test('follows the recipes of repositories that only configuration names', async () => {
    const scope = join(folder, 'scope');
    await mkdir(join(folder, 'recipes/packages/gauge'), { recursive: true });
    await mkdir(scope);
    await writeFile(join(scope, 'repos.yaml'), 'repos: [../recipes]\n');
    const recipe = join(folder, 'recipes/packages/gauge/package.py');
    await writeFile(recipe, 'version("2.1")\n');
    const made = await builder({ concretize: concretize() });
    const inputs = async () => (await made.inputs({ ...environment(), configScopes: [scope] })).digest;
    const before = await inputs();
    expect(await inputs()).toBe(before);
    await writeFile(recipe, 'version("2.2")\n');
    const edited = await inputs();
    const git = (...words: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@localhost', ...words], { cwd: folder });
    git('init', '--quiet');
    git('add', 'recipes');
    git('commit', '--quiet', '--message', 'Recipes');
    const committed = await inputs();
    await writeFile(recipe, 'version("2.3")\n');
    expect(new Set([before, edited, committed, await inputs()]).size).toBe(4);
  });

  test('is unknown until recipes that Spack clones are there, and follows their commit', async () => {
    const scope = join(folder, 'scope');
    await mkdir(scope);
    await writeFile(
      join(scope, 'repos.yaml'),
      'repos: { builtin: { git: "https://github.com/spack/spack-packages.git" } }\n',
    );
    const made = await builder({ concretize: concretize() });
    const inputs = async () => (await made.inputs({ ...environment(), configScopes: [scope] })).digest;
    expect(await inputs()).toBeUndefined();
    // The folder is what Spack 1.2 calls its clone of that URL.
    const clone = join(folder, 'cache/home/cache/package_repos/fncqgg4/.git');
    for (const name of ['objects', 'refs']) await mkdir(join(clone, name), { recursive: true });
    await writeFile(join(clone, 'HEAD'), `${'a'.repeat(40)}\n`);
    const first = await inputs();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    await writeFile(join(clone, 'HEAD'), `${'b'.repeat(40)}\n`);
    expect(await inputs()).not.toBe(first);
  });

  test('is the same whatever Spack has found and kept for itself meanwhile', async () => {
    const find = `mkdir -p "$SPACK_USER_CONFIG_PATH/linux" && date > "$SPACK_USER_CONFIG_PATH/linux/compilers.yaml"`;
    const made = await builder({ config: 'true', compiler: find, concretize: concretize() });
    const inputs = await made.inputs(environment());
    await made.lock(environment());
    await made.lock(environment());
    expect(await solved()).toBe(1);
    expect(await made.inputs(environment())).toEqual(inputs);
  });

  test('keeps the compilers that Spack finds apart for each set of them on PATH', async () => {
    const { env } = await fakeSpack(folder, { commands: { concretize: `env; ${concretize()}` } });
    const scopeWith = async (compiler: string) => {
      const bin = join(folder, compiler);
      await mkdir(bin, { recursive: true });
      if (!existsSync(join(bin, 'gcc'))) await writeFile(join(bin, 'gcc'), '#!/bin/sh\n', { mode: 0o755 });
      lines = [];
      const made = spackBuilder({
        env: { ...env, PATH: `${bin}:${env['PATH']}` },
        cacheFolder: join(folder, 'cache'),
        log: (line) => lines.push(line),
        mirrors: async () => ({ variables: [] }),
      });
      await made.lock(environment());
      return lines.find((line) => line.startsWith('SPACK_USER_CONFIG_PATH='));
    };
    const [old, other] = [await scopeWith('gcc-12'), await scopeWith('gcc-13.1')];
    expect(old).toContain(join(folder, 'cache/home/config'));
    expect(other).not.toBe(old);
    expect(await scopeWith('gcc-12')).toBe(old);
  });

  test('says what decides it beside mirrors, and that it does not know where a URL does', async () => {
    const inputs = async (state?: string) => (await (await builder({}, { state })).inputs(environment())).digest;
    const before = await inputs('one');
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await inputs('another')).toBe(before);
    expect(await inputs(undefined)).toBe(before);
    await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge@2.1]\n');
    expect(await inputs('one')).not.toBe(before);
    await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  include: [https://example.org/packages.yaml]\n');
    expect(await inputs('one')).toBeUndefined();
    await writeFile(
      join(folder, 'stack/spack.yaml'),
      'spack:\n  include: [{ git: /srv/site.git, paths: [packages.yaml] }]\n',
    );
    expect(await inputs('one')).toBeUndefined();
  });

  test('names the package that no repository has', async () => {
    const fail = `echo "==> Error: Package 'spack.pkg.builtin.zlib-ngg' not found." >&2; exit 1`;
    await expect((await builder({ concretize: fail })).lock(environment())).rejects.toMatchObject({
      code: 'SPACK_PACKAGE_UNKNOWN',
      message: 'Package `zlib-ngg` cannot be found: no repository has a package of that name.',
    });
  });
});
