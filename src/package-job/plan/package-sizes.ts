import type { MirrorSource, MirrorState } from '../../generate/index.ts';
import { entrySizes, layoutsIn } from '../../mirror/index.ts';
import type { SpecNode } from '../../spack/index.ts';

interface SizeRequest {
  readonly nodes: readonly SpecNode[];
  readonly mirrors: readonly MirrorSource[];
  /** What is known of them already. */
  readonly states: ReadonlyMap<string, MirrorState>;
}

/** Reads the bytes of packages on mirrors, by hash. What no mirror has is absent. */
export async function packageSizes({ nodes, mirrors, states }: SizeRequest): Promise<ReadonlyMap<string, number>> {
  const known = nodes.flatMap(({ hash }) => {
    const size = states.get(hash)?.size;
    return size === undefined ? [] : [[hash, size] as const];
  });
  const held = new Set(known.map(([hash]) => hash));
  const layouts = (await Promise.all(mirrors.map(({ store }) => layoutsIn(store)))).flat();
  const read = await entrySizes(
    layouts,
    nodes.filter(({ hash }) => !held.has(hash)),
  );
  return new Map([...known, ...read]);
}
