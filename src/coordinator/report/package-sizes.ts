import { BoundedMap } from '../../kit/index.ts';
import { entrySizes, layoutsIn } from '../../mirror/index.ts';
import type { SpecNode } from '../../spack/index.ts';
import type { StackMirror } from '../context.ts';

const KEPT = 20_000;
const sizesKept = new WeakMap<StackMirror, BoundedMap<string, number>>();

/**
 * Reads the sizes of packages on the protected root of a mirror and on those of `prefixes`, by hash; those that are
 * known from memory.
 */
export async function packageSizes(
  mirror: StackMirror,
  prefixes: readonly string[],
  nodes: readonly SpecNode[],
): Promise<ReadonlyMap<string, number>> {
  const kept = sizesKept.get(mirror) ?? new BoundedMap<string, number>(KEPT);
  sizesKept.set(mirror, kept);
  const unknown = nodes.filter(({ hash }) => kept.get(hash) === undefined);
  const stores = [...new Set(['', ...prefixes])].map((one) => mirror.root(one));
  const layouts = unknown.length === 0 ? [] : (await Promise.all(stores.map((store) => layoutsIn(store)))).flat();
  for (const [hash, size] of await entrySizes(layouts, unknown)) kept.set(hash, size);
  return new Map(nodes.flatMap(({ hash }) => (kept.get(hash) === undefined ? [] : [[hash, kept.get(hash) as number]])));
}
