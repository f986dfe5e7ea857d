import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { spackBuilder } from './spack-builder.ts';

const lock = tinyLock();
const { gauge, tide } = lock;

let folder: string;
let lines: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
  await mkdir(join(folder, 'stack'));
  await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge]\n');
});

const prefix = (root: string, name: string) => join(folder, root, name);

function layout(root: string): string {
  const prefixes = { [gauge.hash]: prefix(root, 'gauge'), [tide.hash]: prefix(root, 'tide') };
  const unpaddedRoot = join(folder, root);
  const sbang = join(folder, root, 'bin/sbang');
  return JSON.stringify({ root: unpaddedRoot, unpaddedRoot, sbang, spackPrefix: join(folder, 'spack'), prefixes });
}

/** Builds with a Spack that keeps packages in a folder, and compares the known layout with that. */
async function build(root: string): Promise<string> {
  const { env } = await fakeSpack(folder, {
    commands: {
      config: "echo '- compiler:'",
      python: `echo '${layout(root)}' > "$2"`,
      install: `if grep -q '"unpaddedRoot":"${join(folder, root)}"' "\${result%/*}/install.json"
then mkdir -p '${prefix(root, 'gauge')}'; else echo '{"isLayoutKnown":false}' > "$result"; fi`,
    },
  });
  const builder = spackBuilder({
    env,
    cacheFolder: join(folder, 'cache'),
    log: (line) => lines.push(line),
    mirrors: async () => ({ variables: [] }),
    namespaces: false,
  });
  const built = await builder.build({
    lock,
    hash: gauge.hash,
    environment: join(folder, 'stack'),
    scratch: join(folder, 'scratch'),
    jobs: 4,
    runTests: false,
    log: (line) => lines.push(line),
    fetchDependency: async (_node, at) => void (await mkdir(at, { recursive: true })),
  });
  return built.prefix;
}

/** The starts of Spack since the last call, by the command's first word. */
async function starts(): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8');
  await writeFile(join(folder, 'calls'), '');
  return text.split('\n').flatMap((line) => line.split(' ', 1).filter((word) => word !== '' && word !== 'reindex'));
}

test('the second job of a lock starts Spack once less: it remembers where packages are', async () => {
  await build('store');
  expect(await starts()).toEqual(['config', 'python', 'install']);
  await build('store');
  expect(await starts()).toEqual(['config', 'install']);
});

test('a store that is elsewhere now is noticed before anything is installed there', async () => {
  await build('store');
  await starts();
  expect(await build('other')).toBe(prefix('other', 'gauge'));
  expect(await starts()).toEqual(['config', 'install', 'config', 'python', 'install']);
  await build('other');
  expect(await starts()).toEqual(['config', 'install']);
});

test('Spack is asked again if its version, its configuration, or the environment is another', async () => {
  await build('store');
  const scope = join(folder, 'spack/etc/spack');
  await mkdir(scope, { recursive: true });
  const changes = [
    () => writeFile(join(scope, 'config.yaml'), 'config: { install_tree: { padded_length: 128 } }\n'),
    () => appendFile(join(folder, 'stack/spack.yaml'), '  config: { install_hash_length: 7 }\n'),
  ];
  for (const change of changes) {
    await change();
    await starts();
    await build('store');
    expect(await starts()).toContain('python');
  }
});

test('nothing is remembered where configuration includes what is not read here', async () => {
  await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  include: [https://example.org/config.yaml]\n');
  await build('store');
  await build('store');
  expect((await starts()).filter((word) => word === 'python')).toHaveLength(2);
  expect(await readdir(join(folder, 'cache'))).not.toContain('layouts');
});

test('a damaged memory counts as none', async () => {
  await build('store');
  const layouts = join(folder, 'cache/layouts');
  for (const name of await readdir(layouts)) await writeFile(join(layouts, name), '{');
  await starts();
  await build('store');
  expect(await starts()).toContain('python');
});
