import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzip, type PackedTarball } from '../../src/mirror/index.ts';
import type { Lockfile, SpecNode } from '../../src/spack/index.ts';
import { sha256 } from '../../src/kit/index.ts';
import { tinyLock, tinyNode } from './mirror-package.ts';

/** A lock of many packages that need nothing. */
export function manyPackages(count: number): Lockfile {
  const nodes = Array.from({ length: count }, (_, index) => tinyNode(`package-${index}`, '1.0', []));
  return { ...tinyLock(), nodes: new Map(nodes.map((node) => [node.hash, node])) };
}

/** Bytes that stand for a package's tarball: no two the same. They can be pushed and read, not installed. */
export async function plainTarball(folder: string, node: SpecNode): Promise<PackedTarball> {
  const content = `tarball of ${node.name}\n`.repeat(20);
  const bytes = gzip(content);
  const file = join(folder, `${node.name}.tar.gz`);
  await writeFile(file, bytes);
  return { file, size: bytes.length, sha256: sha256(bytes), diffId: `sha256:${sha256(content)}` } as PackedTarball;
}
