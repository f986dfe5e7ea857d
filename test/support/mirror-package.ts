import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { packPrefix, type PackedTarball } from '../../src/mirror/index.ts';
import { withHash, writeSpecFile, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { removeFolder } from './remove-folder.ts';
import { tinyNode } from './tiny-node.ts';

export { tinyNode } from './tiny-node.ts';

/** A folder for one test, removed after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  onTestFinished(() => removeFolder(folder));
  return folder;
}

export type TinyLock = Lockfile & { readonly tide: SpecNode; readonly gauge: SpecNode };

/** A lock of two packages: `gauge` links `tide`. */
export function tinyLock(target = 'x86_64'): TinyLock {
  const plain = tinyNode('tide', '1.0', []);
  const tide = withHash({ ...plain, arch: { ...plain.arch, target } });
  const gauge = tinyNode('gauge', '2.1', [tide]);
  return {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack: {},
    roots: [{ hash: gauge.hash, spec: 'gauge' }],
    nodes: new Map([gauge, tide].map((node) => [node.hash, node])),
    tide,
    gauge,
  };
}

export function prefixOf(node: SpecNode): string {
  return `/opt/stack/${node.name}-${node.version}-${node.hash}`;
}

/** An installed prefix of the package, with a program, a text that names its prefix, and a link. */
export async function tinyPrefix(folder: string, node: SpecNode): Promise<string> {
  const prefix = join(folder, node.name);
  await mkdir(join(prefix, 'bin'), { recursive: true });
  await mkdir(join(prefix, 'share/doc'), { recursive: true });
  await writeFile(join(prefix, 'bin', node.name), `#!/bin/sh\necho ${node.name}\n`, { mode: 0o755 });
  await writeFile(join(prefix, 'share', `${node.name}.pc`), `prefix=${prefixOf(node)}\n`);
  await symlink(node.name, join(prefix, 'bin/alias'));
  return prefix;
}

/** The package, packed. */
export async function tinyTarball(folder: string, lock: Lockfile, node: SpecNode): Promise<PackedTarball> {
  return packPrefix({
    folder: await tinyPrefix(folder, node),
    prefix: prefixOf(node),
    output: join(folder, `${node.name}.tar.gz`),
    node,
    prefixes: new Map([...lock.nodes.values()].map((one) => [one.hash, prefixOf(one)])),
    specFile: writeSpecFile(lock, node.hash),
  });
}
