import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bytesBlob, digestOf, jsonBytes, layoutRepository, mediaTypes, openLayout } from '../../src/oci/index.ts';
import { publishImage } from '../../src/image/index.ts';
import { imageOf } from './image.ts';

/**
 * A base image with this machine's shell, some programs and the libraries that they load, as a layout below `folder`.
 * Gives back what `base:` names it.
 */
export async function systemBase(folder: string, programs: readonly string[]): Promise<string> {
  await publishSystem(join(folder, 'base'), programs);
  return 'oci:base:lab/base:1';
}

/** Writes such an image to a layout, as `lab/base:1`. */
export async function publishSystem(layout: string, programs: readonly string[]): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'slipway-base-'));
  for (const program of programs) copyWithLibraries(program, root);
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  execFileSync('chmod', ['755', root]);
  execFileSync('chmod', ['1777', join(root, 'tmp')]);
  const tar = execFileSync(
    'tar',
    ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-C', root, '-cf', '-', '.'],
    {
      maxBuffer: 2 ** 30,
    },
  );
  rmSync(root, { recursive: true });
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers' as const, diff_ids: [digestOf(tar)] },
  };
  const blobs = [
    bytesBlob(jsonBytes(config), mediaTypes.config),
    bytesBlob(gzipSync(tar, { level: 1 }), mediaTypes.layerGzip),
  ];
  const target = layoutRepository(await openLayout(layout, { create: true }), 'lab/base');
  await publishImage(imageOf(blobs, config), target, '1');
}

function copyWithLibraries(program: string, root: string): void {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const path of [program, ...libraries]) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target)) copyFileSync(path, target);
  }
}
