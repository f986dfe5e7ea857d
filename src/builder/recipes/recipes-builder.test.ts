import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLockfile, writeLockfile, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { BuildResult } from '../builder.ts';
import { namespacesAvailable } from './namespace.ts';
import { recipesBuilder, type RecipesBuilderOptions } from './recipes-builder.ts';

const available = await namespacesAvailable();
const toolchain = {
  compiler: 'gcc-12.2.0',
  libc: 'glibc-2.36',
  arch: { platform: 'linux', platform_os: 'debian12', target: 'x86_64' },
};

let folder: string;
let environment: string;
let lines: string[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-recipes-')));
  environment = join(folder, 'stack');
  lines = [];
  write('spack.yaml', 'spack:\n  specs: [zoo]\n');
  write('recipes/lion.yaml', 'name: lion\nversion: "1"\nsource: { path: src/lion }\ninstall: cp roar "$PREFIX/"\n');
  write('src/lion/roar', 'Roar!\n');
  recipe('install: cat "$DEP_LION/roar" > "$PREFIX/sound"');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(environment, path)), { recursive: true });
  writeFileSync(join(environment, path), text);
}

function recipe(rest: string): void {
  write('recipes/zoo.yaml', `name: zoo\nversion: "2.0"\ndepends: { link: [lion] }\n${rest}\n`);
}

function builder(options: Partial<RecipesBuilderOptions> = {}) {
  return recipesBuilder({
    cacheFolder: join(folder, 'cache'),
    namespaces: true,
    toolchain,
    fallbackStore: join(folder, 'store'),
    ...options,
  });
}

function node(lock: Lockfile, name: string): SpecNode {
  return [...lock.nodes.values()].find((one) => one.name === name) as SpecNode;
}

async function build(
  name: string,
  options: {
    lock?: Lockfile;
    more?: Partial<RecipesBuilderOptions>;
    signal?: AbortSignal;
    jobserver?: string;
    heard?: (line: string) => void;
  } = {},
): Promise<BuildResult> {
  const maker = builder(options.more);
  const lock = options.lock ?? (await maker.lock({ environment }));
  return maker.build({
    lock,
    hash: node(lock, name).hash,
    environment,
    scratch: join(folder, 'scratch', name),
    jobs: 3,
    runTests: true,
    log: (line) => {
      lines.push(line);
      options.heard?.(line);
    },
    fetchDependency: async (dependency, target) => {
      mkdirSync(target);
      writeFileSync(join(target, 'roar'), `${dependency.name} from the mirror\n`);
    },
    signal: options.signal,
    jobserver: options.jobserver,
  });
}

function leftPrefixes(): readonly string[] {
  return readdirSync(join(folder, 'scratch/zoo/store')).filter((name) => name.startsWith('zoo'));
}

describe('the lock of recipes', () => {
  test("is one of Spack's model, whose hashes recompute", async () => {
    const lock = await builder().lock({ environment });
    const text = writeLockfile(lock);
    expect(writeLockfile(readLockfile(text, 'spack.lock', { checkHashes: true }))).toBe(text);
    expect(lock.roots).toEqual([{ hash: node(lock, 'zoo').hash, spec: 'zoo' }]);
    const keys = 'name version arch namespace parameters package_hash dependencies annotations hash';
    expect(Object.keys(node(lock, 'zoo')).join(' ')).toBe(keys);
    expect(node(lock, 'zoo').package_hash).toMatch(/^[a-z2-7]{52}====$/);
  });

  test('has other hashes once a recipe says something of its users’ environment', async () => {
    const before = node(await builder().lock({ environment }), 'zoo').hash;
    recipe('install: cat "$DEP_LION/roar" > "$PREFIX/sound"\nenvironment: { set: { ZOO: $PREFIX/sound } }');
    expect(node(await builder().lock({ environment }), 'zoo').hash).not.toBe(before);
  });

  test('is the same each time, and for the same recipe laid out otherwise', async () => {
    const first = writeLockfile(await builder().lock({ environment }));
    write(
      'recipes/lion.yaml',
      '# A comment.\nversion: "1"\nname: lion\ninstall: ["cp roar \\"$PREFIX/\\""]\nsource:\n  path: src/lion\n',
    );
    expect(writeLockfile(await builder().lock({ environment }))).toBe(first);
  });

  test.each([
    ['its source changes', () => write('src/lion/roar', 'Meow!\n')],
    ['a file of its source becomes executable', () => chmodSync(join(environment, 'src/lion/roar'), 0o755)],
    ['a file of its source moves', () => write('src/lion/sub/roar', 'Roar!\n')],
    [
      'its recipe changes',
      () =>
        write(
          'recipes/lion.yaml',
          'name: lion\nversion: "1"\nsource: { path: src/lion }\ninstall: cp roar "$PREFIX/r"\n',
        ),
    ],
  ])('gives a package and what needs it new hashes when %s', async (_what, change) => {
    const before = await builder().lock({ environment });
    change();
    const after = await builder().lock({ environment });
    for (const name of ['lion', 'zoo']) expect(node(after, name).hash).not.toBe(node(before, name).hash);
  });

  test('gives new hashes when the compiler or the store root changes', async () => {
    const hashes = await Promise.all(
      [{}, { toolchain: { ...toolchain, compiler: 'gcc-13.1.0' } }, { storeRoot: '/srv/stack' }].map(
        async (options) => {
          return node(await builder(options).lock({ environment }), 'lion').hash;
        },
      ),
    );
    expect(new Set(hashes).size).toBe(3);
  });

  test.skipIf(!available)('a source at the top of the stack is the files that its recipe names', async () => {
    const files = '[Makefile, "*.c", lib]';
    const text = (rest: string) => `name: top\nversion: "1"\nsource: { path: ., files: ${files} }\n${rest}\n`;
    write('spack.yaml', 'spack:\n  specs: [top]\n');
    write('recipes/top.yaml', text('install: find . -type f | sort > "$PREFIX/list"'));
    for (const path of ['Makefile', 'a.c', 'a.o', 'lib/b.h', 'notes/a.c']) write(path, 'x\n');
    const lock = await builder().lock({ environment });
    write('a.o', 'changed\n');
    write('jobs_scratch_dir/log', 'changed\n');
    expect((await builder().lock({ environment })).roots).toEqual(lock.roots);
    const { folder: prefix } = await build('top', { lock });
    expect(readFileSync(join(prefix, 'list'), 'utf8')).toBe('./Makefile\n./a.c\n./lib/b.h\n');
    write('lib/b.h', 'changed\n');
    expect((await builder().lock({ environment })).roots).not.toEqual(lock.roots);
  });

  test('a source folder that does not exist is named', async () => {
    rmSync(join(environment, 'src'), { recursive: true });
    await expect(builder().lock({ environment })).rejects.toMatchObject({
      code: 'RECIPE_SOURCE_MISSING',
      details: { recipe: 'lion', path: 'src/lion' },
    });
  });

  test.each([
    ['src/lion', '/etc', 'a link'],
    ['src/lion/passwords', '/etc/passwd', 'a link out of the source'],
    ['src/lion/other', '../../recipes', 'a link out of the source'],
  ])('a source may not lead out of itself: %s is a link to %s', async (path, target, kind) => {
    rmSync(join(environment, path), { recursive: true, force: true });
    symlinkSync(target, join(environment, path));
    await expect(builder().lock({ environment })).rejects.toMatchObject({
      code: 'RECIPE_SOURCE_UNUSABLE',
      details: { recipe: 'lion', path, kind },
    });
  });

  test('faults of all files are reported at once', async () => {
    write('recipes/bad.yaml', 'name: bad\n');
    write('recipes/worse.yaml', 'name: [\n');
    await expect(builder().lock({ environment })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ file: 'recipes/bad.yaml' }),
        expect.objectContaining({ file: 'recipes/worse.yaml', code: 'YAML_SYNTAX' }),
      ]),
    });
  });

  test('a folder without spack.yaml is reported', async () => {
    await expect(builder().lock({ environment: folder })).rejects.toMatchObject({ code: 'RECIPE_ENVIRONMENT_MISSING' });
  });
});

describe.skipIf(!available)('a build inside a namespace', () => {
  test('makes as many parallel jobs as it may start, or as the jobserver allows; a recipe can decide otherwise', async () => {
    recipe('build: echo "flags $MAKEFLAGS"\ninstall: cp "$DEP_LION/roar" "$PREFIX/"');
    await build('zoo');
    expect(lines).toContain('flags -j3');
    const pipe = join(folder, 'tokens');
    execFileSync('mkfifo', [pipe]);
    const descriptor = openSync(pipe, 'r+');
    writeSync(descriptor, '++');
    recipe('build: echo "flags $MAKEFLAGS; tokens $(head -c 2 <&3)"\ninstall: cp "$DEP_LION/roar" "$PREFIX/"');
    await build('zoo', { jobserver: pipe });
    closeSync(descriptor);
    expect(lines.join('\n')).toMatch(/flags {2}-j --jobserver-auth=(?:3,4|fifo:\S+tokens); tokens \+\+/);
    recipe('env: { MAKEFLAGS: -k }\nbuild: echo "flags $MAKEFLAGS"\ninstall: cp "$DEP_LION/roar" "$PREFIX/"');
    await build('zoo', { jobserver: pipe });
    expect(lines).toContain('flags -k');
  });

  test('sees prefixes where the image will have them, and leaves the files in the scratch folder', async () => {
    recipe(
      'build: echo "$JOBS $VERSION $NAME"\ninstall: cat "$DEP_LION/roar" > "$PREFIX/sound"\ntest: grep mirror "$PREFIX/sound"',
    );
    const lock = await builder().lock({ environment });
    const result = await build('zoo', { lock });
    const { hash } = node(lock, 'zoo');
    expect(result.prefix).toBe(`/opt/stack/zoo-2.0-${hash}`);
    expect(result.folder).toBe(join(folder, 'scratch/zoo/store', `zoo-2.0-${hash}`));
    expect(readFileSync(join(result.folder, 'sound'), 'utf8')).toBe('lion from the mirror\n');
    expect([...result.prefixes.keys()].toSorted()).toEqual([hash, node(lock, 'lion').hash].toSorted());
    expect(lines).toContain('3 2.0 zoo');
    expect(existsSync(result.prefix)).toBe(false);
    expect(result.environment).toBeUndefined();
  });

  test.runIf(available)('reports what its recipe does to the environment of its users', async () => {
    const changes = 'set: { ZOO: "$PREFIX/sound $PREFIXES" }, unset: [CAGE], append_path: { PATH: "${PREFIX}/bin" }';
    recipe(`install: touch "$PREFIX/sound"\nenvironment: { ${changes} }`);
    const { environment: reported, prefix } = await build('zoo');
    const hash = prefix.slice(-32);
    expect(reported).toEqual({
      version: 1,
      own: [
        { action: 'unset', name: 'CAGE' },
        { action: 'set', name: 'ZOO', value: `\${/${hash}}/sound $PREFIXES` },
        { action: 'append-path', name: 'PATH', value: `\${/${hash}}/bin`, separator: ':' },
      ],
      from: {},
      prefixes: { [hash]: prefix },
    });
  });

  test('a step that fails leaves no prefix', async () => {
    recipe('install: [touch "$PREFIX/half", "false"]');
    await expect(build('zoo')).rejects.toMatchObject({
      code: 'BUILD_STEP_FAILED',
      details: { package: 'zoo', step: 'install', command: 'false' },
    });
    expect(leftPrefixes()).toEqual([]);
  });

  test('a test that fails fails the build', async () => {
    recipe('install: touch "$PREFIX/file"\ntest: exit 3');
    await expect(build('zoo')).rejects.toMatchObject({ code: 'BUILD_STEP_FAILED', details: { step: 'test' } });
    expect(leftPrefixes()).toEqual([]);
  });

  test('a prefix with folders that may not be written is removed too', async () => {
    recipe('install: [mkdir "$PREFIX/sealed", touch "$PREFIX/sealed/file", chmod 555 "$PREFIX/sealed", "false"]');
    await expect(build('zoo')).rejects.toMatchObject({ code: 'BUILD_STEP_FAILED' });
    expect(leftPrefixes()).toEqual([]);
  });

  test('an install that installs nothing fails', async () => {
    recipe('install: "true"');
    await expect(build('zoo')).rejects.toMatchObject({ code: 'BUILD_NOTHING_INSTALLED' });
  });

  test('an abort ends every process of the build', async () => {
    recipe('install: ["sh -c \'echo ready; exec cat /dev/zero > /dev/null\' & wait"]');
    const stop = new AbortController();
    const heard = (line: string) => {
      if (line === 'ready') stop.abort();
    };
    await expect(build('zoo', { signal: stop.signal, heard })).rejects.toMatchObject({ code: 'BUILD_CANCELED' });
    expect(leftPrefixes()).toEqual([]);
  });

  test('a recipe that is not the locked one any more is not built', async () => {
    const lock = await builder().lock({ environment });
    recipe('install: touch "$PREFIX/other"');
    await expect(build('zoo', { lock })).rejects.toMatchObject({ code: 'BUILD_RECIPE_CHANGED' });
  });
});

describe('a build without namespaces', () => {
  test('has its prefix in the store of the data folder, and says so', async () => {
    const result = await build('zoo', { more: { namespaces: false } });
    expect(result.prefix).toBe(result.folder);
    expect(result.folder.startsWith(join(folder, 'store/zoo-2.0-'))).toBe(true);
    expect(readFileSync(join(result.folder, 'sound'), 'utf8')).toBe('lion from the mirror\n');
    expect(lines[0]).toBe(
      `no namespaces on this machine: the prefix is written where it is, in ${join(folder, 'store')}`,
    );
  });

  test('takes no dependency that an interrupted build left', async () => {
    const lock = await builder({ namespaces: false }).lock({ environment });
    const left = join(folder, 'store', `lion-1-${node(lock, 'lion').hash}`);
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'roar'), 'half');
    const { folder: prefix } = await build('zoo', { lock, more: { namespaces: false } });
    expect(readFileSync(join(prefix, 'sound'), 'utf8')).toBe('lion from the mirror\n');
  });

  test('does not write into a store of the machine that a lock names', async () => {
    const storeRoot = join(folder, 'opt');
    const lock = await builder({ storeRoot }).lock({ environment });
    await expect(build('zoo', { lock, more: { namespaces: false } })).rejects.toMatchObject({
      code: 'BUILD_NAMESPACES_MISSING',
      details: { storeRoot },
    });
    expect(existsSync(storeRoot)).toBe(false);
  });

  test('leaves no prefix of a build that failed', async () => {
    recipe('install: [touch "$PREFIX/half", "false"]');
    await expect(build('zoo', { more: { namespaces: false } })).rejects.toMatchObject({ code: 'BUILD_STEP_FAILED' });
    expect(readdirSync(join(folder, 'store')).filter((name) => name.startsWith('zoo'))).toEqual([]);
  });
});
