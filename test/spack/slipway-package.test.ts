import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { packArchive, packNpm } from '../../scripts/release/pack.ts';
import { digestOf } from '../../scripts/release/provenance.ts';
import { fillRecipe } from '../../scripts/release/spack.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { findSpacks, readyToBuild, spackLab, type SpackLab } from '../support/spack-lab.ts';

const { version } = manifest;
const spacks = process.arch === 'x64' ? (await findSpacks()).filter(readyToBuild) : [];
if (spacks.length === 0) test.skip('needs a Spack on x86-64', () => undefined);

let folder: string;
let recipe: string;

beforeAll(async () => {
  if (spacks.length === 0) return;
  folder = await mkdtemp(join(tmpdir(), 'slipway-recipe-'));
  const npm = await packNpm(packageRoot(), { version, to: folder });
  const options = { version, to: folder, arch: 'x64', scratch: folder, epoch: 0 } as const;
  const { archive } = await packArchive(npm, options);
  const text = await readFile(join(packageRoot(), 'contrib/spack/packages/slipway/package.py'), 'utf8');
  const digests = { x86_64: (await digestOf(archive)).sha256 };
  recipe = fillRecipe(text, { version, location: `file://${dirname(archive)}`, digests });
});
afterAll(async () => {
  if (spacks.length > 0) await rm(folder, { recursive: true, force: true });
});

describe.each(spacks)('the package of Slipway in Spack $version', ({ root, version: spackVersion }) => {
  let lab: SpackLab;

  beforeAll(async () => {
    const own = join(folder, spackVersion);
    lab = await spackLab({ root, folder: own, store: join(own, 'store') });
    const repository = join(own, 'slipway-spack');
    await cp(join(packageRoot(), 'contrib/spack'), repository, { recursive: true });
    await writeFile(join(repository, 'packages/slipway/package.py'), recipe);
    await lab.spack('repo', 'add', '--scope', 'user', repository);
    await mkdir(join(own, 'externals'));
    const node = dirname(dirname(process.execPath));
    const { stdout: git } = await execa('git', ['--version']);
    const external = (spec: string, prefix: string) => ({ buildable: false, externals: [{ spec, prefix }] });
    const packages = {
      'node-js': external(`node-js@${process.versions.node}`, node),
      git: external(`git@${/\d+\.\d+\.\d+/.exec(git)?.[0]}`, '/usr'),
    };
    for (const [name, value] of Object.entries(packages))
      await lab.spack('config', '--scope', 'user', 'add', `packages:${name}:${JSON.stringify(value)}`);
  });

  test('is described, and needs Node.js and git', async () => {
    const info = await lab.spack('info', 'slipway');
    expect(info).toContain('signed');
    expect(info).toContain(version);
    const spec = await lab.spack('spec', 'slipway');
    expect(spec).toMatch(/\bnode-js@/);
    expect(spec).toMatch(/\bgit@/);
  });

  test('is installed from the archive, and runs with Spack’s Node.js', async () => {
    await lab.spack('install', '--no-cache', 'slipway');
    const prefix = (await lab.spack('location', '--install-dir', 'slipway')).trim().split('\n').at(-1) ?? '';
    const { stdout } = await execa(join(prefix, 'bin/slipway'), ['--version'], {
      env: { PATH: '/nowhere' },
      extendEnv: false,
    });
    expect(stdout).toBe(version);
    expect(await readFile(join(prefix, 'bin/slipway'), 'utf8')).toContain(`exec "${process.execPath}"`);
  });
});
