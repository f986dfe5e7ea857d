import { isRecord } from '../../kit/index.ts';
/** Nodes as they were written up to Spack 0.16: each a mapping of its name to the rest, dependencies by name. */
type OldNode = Readonly<Record<string, unknown>>;

/**
 * The value of format 1 in the shape that later formats have, so that one reader checks both. `key` is what a lock
 * calls the node, for nodes without a hash of their own. Any other value is returned unchanged, for the reader to
 * refuse.
 */
export function fromOldNode(value: unknown, key?: string): unknown {
  const [entry, ...others] = isRecord(value) ? Object.entries(value) : [];
  if (entry === undefined || others.length > 0 || !isRecord(entry[1])) return value;
  const [name, { dependencies, hash = key, ...rest }] = entry as [string, OldNode];
  const list = isRecord(dependencies) ? Object.entries(dependencies).map(fromOldDependency) : [];
  return { name, ...rest, ...(list.length > 0 ? { dependencies: list } : {}), hash };
}

/**
 * The nodes of a lock of version 1 to 3 by DAG hash. Versions 2 and 3 call them, their roots and their dependencies by
 * a hash of the build, which several nodes with the same DAG hash can have; of these the last stands.
 */
export function fromOldSpecs(specs: Readonly<Record<string, unknown>>): {
  readonly specs: Readonly<Record<string, unknown>>;
  /** DAG hash of each name that the lock uses. */
  readonly hashes: ReadonlyMap<string, string>;
} {
  const entries = Object.entries(specs).map(([key, value]) => {
    const node = fromOldNode(value, key);
    const own = isRecord(node) ? node['hash'] : undefined;
    return { key, node, hash: typeof own === 'string' ? own : key };
  });
  const hashes = new Map(entries.map(({ key, hash }) => [key, hash]));
  return { specs: Object.fromEntries(entries.map(({ node, hash }) => [hash, withDagHashes(node, hashes)])), hashes };
}

/**
 * The node with its dependencies by DAG hash, where it names them by what `hashes` knows; else it comes back as it is.
 */
export function withDagHashes(node: unknown, hashes: ReadonlyMap<unknown, unknown>): unknown {
  if (!isRecord(node) || !Array.isArray(node['dependencies'])) return node;
  const dependencies = (node['dependencies'] as readonly unknown[]).map((one) => {
    if (!isRecord(one)) return one;
    const named = one['hash'] ?? one['build_hash'];
    return { ...one, hash: hashes.get(named) ?? named };
  });
  return { ...node, dependencies };
}

function fromOldDependency([name, value]: readonly [string, unknown]): unknown {
  const { hash, type }: OldNode = isRecord(value) ? value : {};
  return { name, hash, parameters: { deptypes: type, virtuals: [] } };
}
