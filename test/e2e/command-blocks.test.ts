import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../src/kit/package-root.ts';
import { exportSigningKey, generateKey } from '../../src/notary/index.ts';
import { writeLockfile } from '../../src/spack/index.ts';
import { runBlocks, writePrograms } from '../support/run-blocks.ts';
import { openRegistry } from '../support/served-registry.ts';
import { signedMirror, type SignedMirror } from '../support/signed-mirror.ts';

/** Pages whose commands need no server; `test/services/command-blocks.test.ts` runs the others. */
let folder: string;
let programs: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-blocks-'));
  programs = await writePrograms(join(folder, 'bin'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function labFolder(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

/** Puts a signed mirror and the lock of its packages into a folder, and returns where its keys are. */
async function placeMirror(path: string): Promise<{ readonly lab: SignedMirror; readonly keys: string }> {
  const lab = await signedMirror();
  const keys = join(path, 'keys.pub');
  await cp(lab.folder, join(path, 'mirror'), { recursive: true });
  await writeFile(
    join(path, 'spack.lock'),
    writeLockfile({ ...lab.lock, roots: [{ hash: lab.tide.hash, spec: 'tide' }] }),
  );
  await writeFile(keys, lab.signer.publicKey);
  return { lab, keys };
}

describe('the commands that a guide shows work, in their order', () => {
  test('of a stack', async () => {
    const path = await labFolder('stack');
    await cp(join(packageRoot(), 'examples/first-light'), path, { recursive: true });
    const git = (...words: string[]) =>
      execa('git', ['-c', 'user.name=A', '-c', 'user.email=a@localhost', ...words], { cwd: path });
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Begin');
    const lock = join(path, 'jobs_scratch_dir/concrete_environment/spack.lock');
    await execa(join(programs, 'slipway'), ['generate'], { cwd: path });
    await cp(lock, join(path, 'spack.lock'));
    expect(await runBlocks('docs/guides/spack-stacks.md', { folder: path, programs })).not.toEqual([]);
  });

  test('of images', async () => {
    const path = await labFolder('images');
    const { keys } = await placeMirror(path);
    const registry = await openRegistry();
    onTestFinished(() => registry.close());
    await mkdir(join(path, 'old'));
    await cp(join(path, 'spack.lock'), join(path, 'old/1.lock'));
    await execa('git', ['init', '--quiet', '--bare', 'lab-stack.git'], { cwd: path });
    const image = {
      repository: 'lab/stack',
      rules: [{ branch: 'main', tag: 'latest' }],
      base: 'scratch',
      contents: 'packages',
    };
    await writeFile(join(path, 'slipway.yaml'), JSON.stringify({ images: [image] }));
    await writeFile(join(path, 'hook-token'), 'a-token-of-the-hook');
    const env = { SLIPWAY_TRUSTED_KEYS: keys };
    await execa(
      join(programs, 'slipway'),
      ['image', 'build', '--lock', 'spack.lock', '--mirror', 'mirror', '--output', 'oci:images:lab/stack:1'],
      { cwd: path, env },
    );
    const values = { '/srv/git': path, 'ghcr.io': registry.host };
    await runBlocks('docs/guides/images.md', { folder: path, programs, env, values });
    const { tags } = (await (await fetch(`http://${registry.host}/v2/lab/stack/tags/list`)).json()) as {
      tags: string[];
    };
    expect(tags).toEqual(expect.arrayContaining(['1', 'try']));
  });

  test('of notifications', async () => {
    await runBlocks('docs/operations/notifications.md', { folder: await labFolder('notifications'), programs });
  });

  test('of mirrors', async () => {
    const path = await labFolder('mirrors');
    const { lab } = await placeMirror(path);
    const registry = await openRegistry();
    onTestFinished(() => registry.close());
    const secret = await generateKey({ name: 'Lab', date: new Date(), algorithm: 'ed25519' });
    await writeFile(join(path, 'secret.key'), exportSigningKey(secret).reveal());
    const values = {
      's3://old/mirror': lab.folder,
      'oci://registry.example.org': `oci+http://${registry.host}`,
      's3://lab/mirror': lab.folder,
      'hdf5@1.14': 'tide@1.0',
      '/opt/hdf5': join(path, 'tide'),
      '7zmatqx': lab.gauge.hash.slice(0, 7),
      '/opt/tree': join(path, 'tree'),
    };
    await runBlocks('docs/operations/mirrors.md', { folder: path, programs, values });
  });
});
