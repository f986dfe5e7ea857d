import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { writeLockfile } from '../../spack/index.ts';
import { prepareCaches } from './prepared-caches.ts';
import { spackBuilder } from './spack-builder.ts';

const lock = tinyLock();
const commands = {
  compiler: `mkdir -p "$SPACK_USER_CONFIG_PATH" && echo '- compiler: gcc' > "$SPACK_USER_CONFIG_PATH/compilers.yaml"`,
  spec: `misc=\${settings##*config:misc_cache:}; mkdir -p "\${misc%% *}" && echo index > "\${misc%% *}/providers.json"`,
  config: 'cat "$SPACK_USER_CONFIG_PATH/compilers.yaml"',
  concretize: `env; cat > "$env/spack.lock" <<'END'\n${writeLockfile(lock)}\nEND`,
};

let folder: string;
let env: Readonly<Record<string, string>>;
let lines: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
  ({ env } = await fakeSpack(folder, { commands }));
  await mkdir(join(folder, 'stack'));
  await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge]\n');
});

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
/** Without those that prepared the caches, and without their arguments. */
const callsOfLock = async () => (await calls()).slice(3).map((call) => call.split(' ')[0]);
const prepare = async () => prepareCaches({ env, folder: join(folder, 'prepared'), log: () => undefined });

async function lockWith(prepared: string, own: Readonly<Record<string, string>> = env): Promise<void> {
  const log = (line: string) => void lines.push(line);
  const cacheFolder = join(folder, 'cache');
  const mirrors = async () => ({ variables: [] });
  const builder = spackBuilder({ env: own, cacheFolder, prepared, log, mirrors, namespaces: false });
  await builder.lock({ environment: join(folder, 'stack') });
}

test('caches are made once for a Spack and its configuration, by Spack itself', async () => {
  const made = await prepare();
  expect(await calls()).toEqual(['compiler find --scope user', 'spec zlib', 'tags']);
  expect(await prepare()).toBe(made);
  expect(await calls()).toHaveLength(3);
  expect(await readdir(join(folder, 'prepared'))).toEqual([basename(made)]);
  await mkdir(join(folder, 'spack/etc/spack'), { recursive: true });
  await writeFile(join(folder, 'spack/etc/spack/packages.yaml'), 'packages: {}\n');
  expect(await prepare()).not.toBe(made);
});

test('new caches replace those that no caller has asked for in a month', async () => {
  const prepared = join(folder, 'prepared');
  const configure = async (text: string) => {
    await mkdir(join(folder, 'spack/etc/spack'), { recursive: true });
    await writeFile(join(folder, 'spack/etc/spack/packages.yaml'), text);
    return prepare();
  };
  const monthAgo = (Date.now() - 31 * 86_400_000) / 1000;
  const [unused, used] = [await configure('packages: {}\n'), await configure('packages: {all: {}}\n')];
  await mkdir(join(prepared, 'clones'));
  for (const path of [unused, used, join(prepared, 'clones')]) await utimes(path, monthAgo, monthAgo);
  expect(await prepare()).toBe(used);
  const made = await configure('packages: {all: {target: [x86_64]}}\n');
  expect(await readdir(prepared)).toEqual(
    [made, used, join(prepared, 'clones')].map((path) => basename(path)).toSorted(),
  );
});

test('a lock begins with copies of them, and changes nothing there', async () => {
  const made = await prepare();
  await lockWith(made);
  expect(await callsOfLock()).toEqual(['config', 'python', 'concretize']);
  expect(lines).toContain(`PYTHONPYCACHEPREFIX=${join(made, 'bytecode')}`);
  expect(await readFile(join(folder, 'cache/misc/providers.json'), 'utf8')).toBe('index\n');
  await writeFile(join(folder, 'cache/misc/providers.json'), 'of the job');
  await lockWith(made);
  expect(await readFile(join(folder, 'cache/misc/providers.json'), 'utf8')).toBe('of the job');
  expect(await readFile(join(made, 'misc/providers.json'), 'utf8')).toBe('index\n');
});

test('another Spack than they were made for does not get them', async () => {
  const made = await prepare();
  const other = await fakeSpack(join(folder, 'other'), { commands, version: '0.22.0' });
  await lockWith(made, other.env);
  expect(existsSync(join(folder, 'cache/misc'))).toBe(false);
  expect(lines.join('\n')).not.toContain('PYTHONPYCACHEPREFIX');
});

test('a clone that was made with them is used, and not made again', async () => {
  const made = await prepare();
  const clone = join(dirname(made), 'clones', 'c'.repeat(40));
  await fakeSpack(folder, { commands });
  await mkdir(join(dirname(made), 'clones'));
  await rename(join(folder, 'spack'), clone);
  const { SPACK_ROOT: _, ...rest } = env;
  await lockWith(made, { ...rest, SPACK_REPO: '/srv/spack.git', SPACK_REF: 'c'.repeat(40) });
  expect((await calls()).at(-1)).toBe('concretize');
  expect(existsSync(join(folder, 'cache/clones'))).toBe(false);
});

test('compilers are looked for only where the environment and the operator configure none', async () => {
  const compiler = join(folder, 'gcc');
  await writeFile(compiler, '#!/bin/sh\n', { mode: 0o755 });
  const compilers = [{ compiler: { spec: 'gcc@13', paths: { cc: compiler } } }];
  await writeFile(join(folder, 'stack/spack.yaml'), JSON.stringify({ spack: { specs: ['gauge'], compilers } }));
  await lockWith(await prepare());
  expect(await callsOfLock()).toEqual(['python', 'concretize']);
  const scope = lines.find((line) => line.startsWith('SPACK_USER_CONFIG_PATH='))?.split('=')[1] ?? '';
  expect(existsSync(join(scope, 'compilers.yaml'))).toBe(false);
});

test('nothing is kept of caches for which the recipes could not be fetched', async () => {
  const compiler = `echo "==> Warning: Error constructing repository '/clone': Failed to clone repository builtin"`;
  await fakeSpack(folder, { commands: { ...commands, compiler } });
  await expect(prepare()).rejects.toMatchObject({ code: 'SPACK_RECIPES_MISSING' });
  expect(await readdir(join(folder, 'prepared'))).toEqual([]);
});
