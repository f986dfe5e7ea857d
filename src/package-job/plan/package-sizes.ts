import PQueue from 'p-queue';
import type { MirrorSource, MirrorState } from '../../generate/index.ts';
import { layoutsIn, type MirrorLayout } from '../../mirror/index.ts';
import type { SpecNode } from '../../spack/index.ts';

interface SizeRequest {
  readonly nodes: readonly SpecNode[];
  readonly mirrors: readonly MirrorSource[];
  /** What is known of them already. */
  readonly states: ReadonlyMap<string, MirrorState>;
}

/** Reads the bytes of packages on mirrors, by hash. What no mirror has is absent. */
export async function packageSizes({ nodes, mirrors, states }: SizeRequest): Promise<ReadonlyMap<string, number>> {
  const queue = new PQueue({ concurrency: 16 });
  const layouts = (await Promise.all(mirrors.map(({ store }) => layoutsIn(store)))).flat();
  const sizes = await queue.addAll(
    nodes.map((node) => async () => [node.hash, states.get(node.hash)?.size ?? (await sizeOf(node, layouts))] as const),
  );
  return new Map(sizes.flatMap(([hash, size]) => (size === undefined ? [] : [[hash, size] as const])));
}

/** An entry that cannot be read has no known size; it is reported elsewhere. */
async function sizeOf(node: SpecNode, layouts: readonly MirrorLayout[]): Promise<number | undefined> {
  for (const layout of layouts) {
    const entry = await layout.read(node, { requireSignature: false }).catch(() => undefined);
    if (entry !== undefined) return entry.tarball.size;
  }
  return undefined;
}
