import { intersects, parseSpec } from '../../spack/index.ts';
import type { AbstractSpec, Lockfile, SpecNode } from '../../spack/index.ts';

/** Decides which packages of a lock a rule's specs match; each text is parsed once. */
export type MatchPackage = (node: SpecNode, match: string) => boolean;

/**
 * As `Spec.intersects` of the Spack that wrote the lock, except that a virtual name (`mpi`) matches the packages that
 * give it in this lock; Spack asks its recipes, which are not here. What follows `%compiler` belongs to the package up
 * to Spack 0.23, and to the compiler from 1.0 on.
 */
export function packageMatcher(lock: Lockfile): MatchPackage {
  const percent = lock.specfileVersion < 5 ? 'compiler' : 'direct';
  const parsed = new Map<string, AbstractSpec>();
  const virtuals = virtualsOf(lock);
  return (node, match) => {
    let spec = parsed.get(match);
    if (spec === undefined) parsed.set(match, (spec = parseSpec(match, { percent })));
    const { name } = spec;
    if (name === undefined || name === node.name) return isBare(spec) || intersects(node, spec, lock.nodes);
    if (virtuals.get(node.hash)?.has(name) !== true) return false;
    // A virtual's version is not the provider's: what else is said counts, the version does not.
    const { name: _, versions: __, ...others } = spec;
    return intersects(node, others, lock.nodes);
  };
}

/** For each package, the virtual names that others get from it. */
function virtualsOf(lock: Lockfile): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const node of lock.nodes.values()) {
    for (const { hash, parameters } of node.dependencies ?? []) {
      if (parameters.virtuals.length === 0) continue;
      const names = found.get(hash) ?? new Set();
      for (const name of parameters.virtuals) names.add(name);
      found.set(hash, names);
    }
  }
  return found;
}

/** Only a name: most rules are such, and a large lock has many packages. */
function isBare(spec: AbstractSpec): boolean {
  return (
    spec.versions === undefined &&
    spec.namespace === undefined &&
    spec.architecture === undefined &&
    spec.hash === undefined &&
    spec.variants.length + spec.flags.length + spec.dependencies.length === 0
  );
}
