import PQueue from 'p-queue';
import type { SpecNode } from '../../spack/index.ts';
import type { MirrorLayout } from '../layouts/layout.ts';

const AT_ONCE = 16;

/**
 * Reads the bytes of packages' tarballs, by hash, from the first layout that has each. What none has is absent; an entry
 * that cannot be read has no known size, and is reported elsewhere.
 */
export async function entrySizes(
  layouts: readonly MirrorLayout[],
  nodes: readonly SpecNode[],
): Promise<ReadonlyMap<string, number>> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const sizes = await queue.addAll(nodes.map((node) => async () => [node.hash, await sizeOf(node, layouts)] as const));
  return new Map(sizes.flatMap(([hash, size]) => (size === undefined ? [] : [[hash, size] as const])));
}

async function sizeOf(node: SpecNode, layouts: readonly MirrorLayout[]): Promise<number | undefined> {
  for (const layout of layouts) {
    const entry = await layout.read(node, { requireSignature: false }).catch(() => undefined);
    if (entry !== undefined) return entry.tarball.size;
  }
  return undefined;
}
