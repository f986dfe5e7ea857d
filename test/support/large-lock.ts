import {
  closure,
  dependents,
  topologicalOrder,
  withHash,
  type Lockfile,
  type SpecNode,
} from '../../src/spack/index.ts';

/** A package that so many others use directly is there once, however large the lock. */
const COMMON = 20;

/**
 * A lock of this many packages in the shape of one of E4S, made of a real one: what most packages use (gmake, zlib,
 * the runtime of the compiler) is there once and is used by all; of everything else there are copies with the same
 * edges among their own. Copies come in pairs of one name and different versions, which `unify: false` leaves in a lock.
 * Hashes are computed again.
 */
export function largeLock(model: Lockfile, count: number): Lockfile {
  const order = topologicalOrder(model);
  const isCommon = commonPackages(model);
  const nodes = new Map<string, SpecNode>();
  const common = new Map<string, SpecNode>();
  const roots: Lockfile['roots'][number][] = [];
  for (let copy = 0; nodes.size < count; copy += 1) {
    const copies = new Map(common);
    for (const node of order) {
      if (nodes.size >= count) break;
      if (copies.has(node.hash)) continue;
      const made = isCommon.has(node.hash) ? node : copyOf(node, copy, copies);
      copies.set(node.hash, made);
      nodes.set(made.hash, made);
      if (made === node) common.set(node.hash, node);
      else if (model.roots.some(({ hash }) => hash === node.hash)) roots.push({ hash: made.hash, spec: made.name });
    }
  }
  return { ...model, roots, nodes };
}

function commonPackages(model: Lockfile): ReadonlySet<string> {
  const used = [...dependents(model)].filter(([, users]) => users.length >= COMMON).map(([hash]) => hash);
  return closure(model, used, ['build', 'link', 'run', 'test']);
}

function copyOf(node: SpecNode, copy: number, copies: ReadonlyMap<string, SpecNode>): SpecNode {
  const dependencies = node.dependencies?.flatMap((edge) => {
    const target = copies.get(edge.hash);
    return target === undefined ? [] : [{ ...edge, name: target.name, hash: target.hash }];
  });
  const [name, version] = [`${node.name}-x${copy >> 1}`, copy % 2 === 0 ? node.version : `${node.version}.1`];
  return withHash({ ...node, name, version, ...(dependencies === undefined ? {} : { dependencies }) });
}
