import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import type { SpecNode } from '../../spack/index.ts';
import { spackBuilder } from './spack-builder.ts';
import { openBuildSetup } from './build-setup.ts';

const lock = tinyLock();
const { gauge, tide } = lock;
const packages = [gauge, tide];

let folder: string;
let lines: string[];
let fetched: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
  fetched = [];
  await mkdir(join(folder, 'stack'));
  await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  specs: [gauge]\n');
});

const store = () => join(folder, 'cache/store');
const prefixOf = ({ name }: SpecNode) => join(store(), name);

async function build(install: string): Promise<void> {
  const prefixes = Object.fromEntries(packages.map((node) => [node.hash, prefixOf(node)]));
  const layout = { root: store(), unpaddedRoot: store(), sbang: join(store(), 'sbang'), spackPrefix: folder, prefixes };
  const python = `echo '${JSON.stringify(layout)}' > "$2"`;
  const { env } = await fakeSpack(folder, { commands: { config: "echo '- compiler:'", python, install } });
  const log = (line: string) => void lines.push(line);
  const mirrors = async () => ({ variables: [] });
  const cacheFolder = join(folder, 'cache');
  await spackBuilder({ env, cacheFolder, log, mirrors, namespaces: false }).build({
    lock,
    hash: gauge.hash,
    environment: join(folder, 'stack'),
    scratch: join(folder, 'scratch'),
    jobs: 1,
    runTests: false,
    log,
    fetchDependency: async ({ name }, at) => {
      fetched.push(name);
      await mkdir(at);
      await writeFile(join(at, 'from-the-mirror'), '');
    },
  });
}

describe('a build without namespaces', () => {
  const install = () => `mkdir -p '${prefixOf(gauge)}' && touch '${prefixOf(gauge)}/built'`;

  test('installs into a folder of the cache, whatever is configured', async () => {
    await writeFile(join(folder, 'stack/spack.yaml'), 'spack:\n  config: { install_tree: { root: /opt/shared } }\n');
    await build(`cat "$env/spack.yaml"; ${install()}`);
    expect(lines.join('\n')).toContain(store());
    expect(lines.join('\n')).not.toContain('/opt/shared');
  });

  test('takes nothing that an interrupted build left, neither for the package nor for a dependency', async () => {
    for (const node of packages) {
      await mkdir(prefixOf(node), { recursive: true });
      await writeFile(join(prefixOf(node), 'leftover'), '');
    }
    const asSpack = `test -d '${prefixOf(gauge)}' || { ${install()}; }`;
    await build(asSpack);
    expect(await readdir(prefixOf(gauge))).toEqual(['built']);
    expect(await readdir(prefixOf(tide))).toEqual(['from-the-mirror']);
    await build(asSpack);
    expect(fetched).toEqual(['tide']);
  });

  test('reports no success where Spack installed nothing', async () => {
    await expect(build('true')).rejects.toMatchObject({
      code: 'SPACK_INSTALLED_NOTHING',
      details: { package: 'gauge@2.1' },
    });
  });

  test('leaves no prefix when it fails', async () => {
    await expect(build(`mkdir -p '${prefixOf(gauge)}'; exit 1`)).rejects.toMatchObject({ code: 'SPACK_BUILD_FAILED' });
    expect(existsSync(prefixOf(gauge))).toBe(false);
  });
});

describe('a build in a namespace', () => {
  test('writes nothing into the store of the machine, where its packages will be', async () => {
    const layout = { root: '/opt/s', unpaddedRoot: '/opt/s', sbang: '/opt/s/sbang', spackPrefix: folder, prefixes: {} };
    const { root } = await fakeSpack(folder, {
      commands: { python: `echo '${JSON.stringify(layout)}' > "$2"` },
    });
    const log = () => undefined;
    const { onDisk } = await openBuildSetup(
      {
        lock,
        hash: gauge.hash,
        environment: join(folder, 'stack'),
        scratch: join(folder, 'scratch'),
        jobs: 1,
        runTests: false,
        log,
        fetchDependency: async () => undefined,
      },
      {
        spack: { root, program: join(root, 'bin/spack'), version: '1.2.0', isClone: false },
        variables: { PATH: process.env.PATH ?? '' },
        cacheFolder: join(folder, 'cache'),
        ownScope: join(folder, 'scope'),
        namespaces: true,
      },
    );
    expect(['/opt/s', '/opt/s/tide', '/opt/so'].map(onDisk)).toEqual([
      join(folder, 'scratch/store'),
      join(folder, 'scratch/store/tide'),
      '/opt/so',
    ]);
  });
});
