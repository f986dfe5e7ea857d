import { closure, type Lockfile, type SpecNode } from '../../spack/index.ts';

/** The folder name of a package within the store. */
export function prefixName(node: SpecNode): string {
  return `${node.name}-${node.version}-${node.hash}`;
}

/** Returns the absolute prefix for which a package is built; an external has its own path. */
export function prefixOf(node: SpecNode): string {
  return node.external?.path ?? `${storeRootOf(node)}/${prefixName(node)}`;
}

/** The store root that the lock was made for. */
export function storeRootOf(node: SpecNode): string {
  return String(node.parameters['store_root'] ?? '/opt/stack');
}

/** Returns the packages that a build needs: direct dependencies, and all that those link or run. */
export function buildClosure(lock: Lockfile, node: SpecNode): readonly SpecNode[] {
  const direct = (node.dependencies ?? []).map((dependency) => dependency.hash);
  return [...closure(lock, direct, ['link', 'run'])].flatMap((hash) => lock.nodes.get(hash) ?? []);
}

/** Prefix of the package and of all that it links or runs, by hash. */
export function runtimePrefixes(lock: Lockfile, node: SpecNode): ReadonlyMap<string, string> {
  const hashes = [...closure(lock, [node.hash], ['link', 'run'])];
  return new Map(hashes.flatMap((hash) => lock.nodes.get(hash) ?? []).map((one) => [one.hash, prefixOf(one)]));
}
