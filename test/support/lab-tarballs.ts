import { stat } from 'node:fs/promises';
import type { PackedTarball } from '../../src/mirror/index.ts';
import type { Lockfile, SpecNode } from '../../src/spack/index.ts';
import { temporaryFolder, tinyTarball } from './mirror-package.ts';

const tarballs = new Map<string, PackedTarball>();

/** Packing is the slow part, and always gives the same: it is done once for all labs of a file. */
export async function tarballOf(node: SpecNode, of: Lockfile): Promise<PackedTarball> {
  const known = tarballs.get(node.hash);
  if (known !== undefined && (await stat(known.file).catch(() => undefined)) !== undefined) return known;
  const tarball = await tinyTarball(await temporaryFolder(), of, node);
  tarballs.set(node.hash, tarball);
  return tarball;
}
