import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { packagedStack, type PackagedStack } from '../../../test/support/packaged-stack.ts';
import { twoPlatforms } from '../../../test/support/two-platforms.ts';
import { exportCosignKey, generateCosignKey } from '../../notary/index.ts';
import { writeLockfile } from '../../spack/index.ts';
import { configure } from './image.ts';

let stack: PackagedStack;

beforeEach(async () => {
  stack = await packagedStack([
    { name: 'lib', files: { 'lib/libx': 'x' } },
    { name: 'tool', files: { 'bin/tool': 't' }, dependencies: { lib: ['link'] }, isRoot: true },
  ]);
  await writeFile(join(stack.folder, 'spack.lock'), writeLockfile(stack.lock));
});
afterEach(() => stack.remove());

const inputs = ['--lock', 'spack.lock', '--mirror', 'mirror'];
const output = 'oci:images:lab/stack:v1';
const anyImage = ['--unsigned', '--repository', 'lab/stack'];

async function image(...words: string[]): Promise<string> {
  const { terminal, stdout } = collectedTerminal();
  const command = new Command('image');
  configure(command, {
    env: { XDG_CACHE_HOME: join(stack.folder, 'cache'), COSIGN_PASSWORD: 'word' },
    cwd: stack.folder,
    terminal,
    signal: new AbortController().signal,
  });
  await command.parseAsync(words, { from: 'user' });
  return stdout();
}

describe('slipway image', () => {
  test('plans, builds, verifies, copies and unpacks an image', async () => {
    const plan = JSON.parse(await image('plan', ...inputs, '--unsigned', '--json')) as { layers: unknown[] };
    expect(plan).toMatchObject({
      architecture: 'amd64',
      layers: [{ packages: [expect.stringMatching(/^lib@1\.0\//)] }, {}],
    });
    await writeFile(join(stack.folder, 'motd'), 'hello');
    await writeFile(
      join(stack.folder, 'slipway.yaml'),
      'images: [{ repository: lab/stack, files: { motd: /etc/motd } }]\n',
    );
    const digest = (await image('build', ...inputs, '--unsigned', '--output', output)).trim();
    expect(JSON.parse(await image('verify', output, '--json'))).toEqual({ digest, layers: 3, findings: [] });
    expect(await image('publish', output, 'oci:copy:other:v2')).toBe(
      `oci:${join(stack.folder, 'copy')}:other:v2@${digest}\n`,
    );
    await image('unpack', 'oci:copy:other:v2', 'root');
    expect(await readFile(join(stack.folder, 'root/etc/motd'), 'utf8')).toBe('hello');
    expect(await readFile(join(stack.folder, 'root', stack.prefixOf('tool'), 'bin/tool'), 'utf8')).toBe('t');
  });

  test('compares two images by their packages', async () => {
    await image('build', ...inputs, ...anyImage, '--output', output);
    const lib = [...stack.lock.nodes.values()].find(({ name }) => name === 'lib');
    const only = { ...stack.lock, roots: [{ hash: lib?.hash ?? '', spec: 'lib' }] };
    await writeFile(join(stack.folder, 'lib.lock'), writeLockfile(only));
    const other = ['--lock', 'lib.lock', '--mirror', 'mirror', ...anyImage, '--output', 'oci:images:lab/stack:v0'];
    await image('build', ...other);
    expect(await image('diff', 'oci:images:lab/stack:v0', output)).toMatch(/^\+ tool@1\.0\/[a-z2-7]{7}\n$/);
    expect(JSON.parse(await image('diff', output, output, '--json'))).toMatchObject({
      same: 2,
      newLayers: 0,
      changed: [],
    });
  });

  test('signs an image with a key of one’s own, and its records go along when it is copied', async () => {
    const key = generateCosignKey();
    await writeFile(join(stack.folder, 'cosign.key'), exportCosignKey(key, 'word').reveal());
    await writeFile(join(stack.folder, 'cosign.pub'), key.publicKey);
    await image('build', ...inputs, ...anyImage, '--output', output, '--sign-key', 'cosign.key');
    await image('publish', output, 'oci:copy:other:v2');
    for (const location of [output, 'oci:copy:other:v2']) {
      await expect(image('verify', location, '--key', 'cosign.pub')).rejects.toMatchObject({
        code: 'IMAGE_RECORDS_WRONG',
        message: expect.stringMatching(/its package lib@1\.0\/\w+ was not signed, and 1 more/),
      });
    }
  });

  test('does not call an image right whose records are missing', async () => {
    await image('build', ...inputs, ...anyImage, '--output', output);
    await writeFile(join(stack.folder, 'cosign.pub'), generateCosignKey().publicKey);
    await expect(image('verify', output, '--key', 'cosign.pub')).rejects.toMatchObject({
      code: 'IMAGE_RECORDS_WRONG',
      message: expect.stringContaining('the image is not signed'),
    });
  });

  test('of several locks makes an index, which is verified, compared, copied and unpacked by platform', async () => {
    const both = await twoPlatforms();
    try {
      const pathOf = (name: string) => join(both.folder, name);
      for (const name of ['amd64', 'arm64'] as const)
        await writeFile(pathOf(`${name}.lock`), writeLockfile(both[name]));
      const key = generateCosignKey();
      await writeFile(join(stack.folder, 'cosign.key'), exportCosignKey(key, 'word').reveal());
      const mirror = ['--mirror', pathOf('mirror'), ...anyImage];
      const build = async (to: string, ...locks: string[]) =>
        (
          await image('build', '--lock', ...locks, ...mirror, '--output', to, '--sign-key', 'cosign.key', '--no-smoke')
        ).trim();
      const digest = await build(output, pathOf('arm64.lock'), pathOf('amd64.lock'));
      const other = 'oci:images:lab/stack:amd64';
      await build(other, pathOf('amd64.lock'));
      const report = JSON.parse(await image('verify', output, '--json')) as object;
      expect(report).toMatchObject({
        digest,
        findings: [],
        images: [
          { platform: 'linux/amd64', findings: [], layers: 2 },
          { platform: 'linux/arm64/v8', findings: [], layers: 2 },
        ],
      });
      expect(await image('diff', other, output)).toMatch(
        /^linux\/arm64\/v8: \+ arm-lib@1\.0\/\w{7}\nlinux\/arm64\/v8: \+ arm-word@1\.0\/\w{7}\n$/,
      );
      expect(await image('publish', output, 'oci:copy:other:v2')).toContain(digest);
      expect(JSON.parse(await image('verify', 'oci:copy:other:v2', '--json'))).toEqual(report);
      await image('unpack', 'oci:copy:other:v2', 'root', '--platform', 'linux/arm64');
      const unpacked = await readFile(join(stack.folder, 'root', both.prefixOf('arm-word'), 'bin/word'), 'utf8');
      expect(unpacked).toContain('echo arm64');
      await expect(
        build('oci:images:lab/stack:twice', pathOf('amd64.lock'), pathOf('amd64.lock')),
      ).rejects.toMatchObject({ code: 'IMAGE_PLATFORM_TWICE' });
    } finally {
      await both.remove();
    }
  });

  test('accepts nothing unsigned without `--unsigned`', async () => {
    await expect(image('build', ...inputs, '--repository', 'x', '--output', output)).rejects.toMatchObject({
      code: 'MIRROR_SIGNATURE_MISSING',
    });
  });

  test('needs the name of the image', async () => {
    await expect(image('build', ...inputs, '--unsigned', '--output', output)).rejects.toMatchObject({
      code: 'IMAGE_DEFINITION_MISSING',
    });
  });

  test('fails on an image that is not whole', async () => {
    await image('build', ...inputs, '--unsigned', '--repository', 'x', '--output', output);
    const index = JSON.parse(await readFile(join(stack.folder, 'images/index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    const hex = index.manifests.at(-1)?.digest.slice(7) ?? '';
    const manifest = JSON.parse(await readFile(join(stack.folder, 'images/blobs/sha256', hex), 'utf8')) as {
      layers: { digest: string }[];
    };
    const layer = join(stack.folder, 'images/blobs/sha256', manifest.layers[0]?.digest.slice(7) ?? '');
    await writeFile(layer, 'damaged');
    await expect(image('verify', output)).rejects.toMatchObject({
      code: 'IMAGE_FAULTY',
      message: expect.stringContaining('layer 1'),
    });
  });
});
