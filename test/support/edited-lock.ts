import { topologicalOrder, withHash, type Lockfile, type SpecNode } from '../../src/spack/index.ts';

/**
 * A lock after some packages of it are changed: their hashes and those of all that depend on them are computed again.
 */
export function editedLock(lock: Lockfile, edit: (node: SpecNode) => SpecNode): Lockfile {
  const renamed = new Map<string, string>();
  const nodes = new Map<string, SpecNode>();
  for (const node of topologicalOrder(lock)) {
    const dependencies = node.dependencies?.map((one) => ({ ...one, hash: renamed.get(one.hash) ?? one.hash }));
    // The order of keys counts for the hash: what is there keeps its place.
    const made = withHash(edit(dependencies === undefined ? node : { ...node, dependencies }));
    renamed.set(node.hash, made.hash);
    nodes.set(made.hash, made);
  }
  return { ...lock, nodes, roots: lock.roots.map((one) => ({ ...one, hash: renamed.get(one.hash) ?? one.hash })) };
}
