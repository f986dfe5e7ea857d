import { topologicalOrder, withHash, type Lockfile, type SpecNode } from '../../src/spack/index.ts';

/**
 * A lock of this many packages that looks like a real one: copies of a lock's packages under further names, each copy
 * with the same edges among its own. Hashes are computed anew.
 */
export function largeLock(model: Lockfile, count: number): Lockfile {
  const order = topologicalOrder(model);
  const nodes = new Map<string, SpecNode>();
  for (let copy = 0; nodes.size < count; copy += 1) {
    const renamed = new Map<string, SpecNode>();
    for (const node of order) {
      if (nodes.size >= count) break;
      const made = copyOf(node, copy, renamed);
      renamed.set(node.hash, made);
      nodes.set(made.hash, made);
    }
  }
  const roots = [...nodes.values()].slice(-30).map(({ hash, name }) => ({ hash, spec: name }));
  return { ...model, roots, nodes };
}

function copyOf(node: SpecNode, copy: number, renamed: ReadonlyMap<string, SpecNode>): SpecNode {
  const dependencies = node.dependencies?.flatMap((edge) => {
    const target = renamed.get(edge.hash);
    return target === undefined ? [] : [{ ...edge, name: target.name, hash: target.hash }];
  });
  const content = { ...node, name: `${node.name}-x${copy}`, ...(dependencies === undefined ? {} : { dependencies }) };
  return withHash(content);
}
