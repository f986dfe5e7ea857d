import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { gzip } from '../../src/mirror/index.ts';
import {
  bytesBlob,
  digestOf,
  jsonBytes,
  layoutRepository,
  mediaTypes,
  openLayout,
  readImage,
} from '../../src/oci/index.ts';
import { publishImage, type Image } from '../../src/image/index.ts';
import { imageOf } from './image.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** A base image in a layout of its own. */
export interface LocalBase {
  /** By which a Dockerfile names it. */
  readonly reference: string;
  readonly layout: string;
  remove(): void;
}

/**
 * A base image out of programs of this machine and what they are linked with, and scripts by their paths, for builds
 * that can download none. Its folder has small letters only: builders make a repository's name of it.
 */
export async function localBase(
  programs: readonly string[],
  scripts: Readonly<Record<string, string>> = {},
): Promise<LocalBase> {
  const folder = join(tmpdir(), `slipway-base-${randomBytes(8).toString('hex')}`);
  const root = join(folder, 'root');
  for (const program of programs) copyProgram(program, root);
  const files: Readonly<Record<string, string>> = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
    'tmp/.keep': '',
    'root/.keep': '',
    ...scripts,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const tar = await tarOfFolder(root);
  const layer = bytesBlob(gzip(tar), mediaTypes.layerGzip);
  const config = {
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers' as const, diff_ids: [digestOf(tar)] },
    // Builders count the layers that the history lists.
    history: [{ created_by: 'programs of this machine' }],
  };
  const image = imageOf([bytesBlob(jsonBytes(config), mediaTypes.config), layer], config);
  const layout = join(folder, 'base');
  await publishImage(image, layoutRepository(await openLayout(layout, { create: true }), 'base'), 'latest');
  return {
    layout,
    reference: `oci:${layout}:base:latest`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Reads such an image, to publish it elsewhere. */
export async function readLocalBase({ layout }: LocalBase): Promise<Image> {
  return readImage(layoutRepository(await openLayout(layout), 'base'), 'latest');
}

/** A program with the libraries that it loads, at their paths. */
function copyProgram(program: string, root: string): void {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const path of [program, ...libraries]) {
    // As today's distributions have it: what is in `/lib` is in `/usr/lib`.
    const target = join(root, path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/'));
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target)) copyFileSync(path, target);
  }
}

async function tarOfFolder(root: string): Promise<Buffer> {
  const archive = pack();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const isFolder = statSync(join(root, name)).isDirectory();
    const header = { name, mtime: new Date(0), mode: name === 'tmp' ? 0o1777 : 0o755 };
    if (isFolder) archive.entry({ ...header, type: 'directory' });
    else archive.entry(header, readFileSync(join(root, name)));
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64'])
    archive.entry({ name, type: 'symlink', linkname: `usr/${name}`, mtime: new Date(0) });
  archive.finalize();
  return buffer(archive);
}
