import { memoized } from '../../kit/index.ts';
import { intersects, parseSpec, type AbstractSpec, type Lockfile, type SpecNode } from '../../spack/index.ts';

/** Whether a rule's specs, or one of them, match a package of a lock. */
export type MatchPackage = (node: SpecNode, match: readonly string[]) => boolean;

/**
 * Matches as `Spec.intersects` of the Spack that wrote the lock, except that a virtual name (`mpi`) matches the
 * packages that provide it in this lock; Spack looks it up in its recipes, which are not here. What follows `%compiler`
 * belongs to the package up to Spack 0.23, and to the compiler from 1.0 on.
 */
export function packageMatcher(lock: Lockfile): MatchPackage {
  const virtuals = virtualsOf(lock);
  const candidates = candidatesOf(lock, new Set([...virtuals.values()].flatMap((names) => [...names])));
  const matches = (node: SpecNode, spec: AbstractSpec) => {
    const { name } = spec;
    if (name === undefined || name === node.name) return isBare(spec) || intersects(node, spec, lock.nodes);
    if (virtuals.get(node.hash)?.has(name) !== true) return false;
    // The version of a virtual is not the provider's: it is not compared.
    const { name: _, versions: __, ...others } = spec;
    return intersects(node, others, lock.nodes);
  };
  return (node, match) => candidates(node.name, match).some((spec) => matches(node, spec));
}

/**
 * Returns those of a rule's specs that can match a package of a name. Rules name hundreds of packages, and are applied
 * to each.
 */
function candidatesOf(
  lock: Lockfile,
  virtuals: ReadonlySet<string>,
): (name: string, match: readonly string[]) => readonly AbstractSpec[] {
  const percent = lock.specfileVersion < 5 ? 'compiler' : 'direct';
  const parsed = memoized((match: readonly string[]) => {
    const specs = match.map((text) => parseSpec(text, { percent }));
    return byName(specs, virtuals);
  });
  return (name, match) => {
    const { named, general } = parsed(match);
    return named.get(name) ?? general;
  };
}

interface SpecsByName {
  /** Specs without a name, or with a virtual's. */
  readonly general: readonly AbstractSpec[];
  /** For each other name, its specs and the general ones, in the rule's order. */
  readonly named: ReadonlyMap<string, readonly AbstractSpec[]>;
}

function byName(specs: readonly AbstractSpec[], virtuals: ReadonlySet<string>): SpecsByName {
  const isGeneral = ({ name }: AbstractSpec) => name === undefined || virtuals.has(name);
  const names = new Set(specs.flatMap(({ name }) => name ?? []));
  const general = specs.filter(isGeneral);
  const specsFor = (name: string) => specs.filter((spec) => spec.name === name || isGeneral(spec));
  return { general, named: new Map([...names].map((name) => [name, specsFor(name)])) };
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

/** Whether a spec is only a name: most rules are such, and a large lock has many packages. */
function isBare(spec: AbstractSpec): boolean {
  return (
    spec.versions === undefined &&
    spec.namespace === undefined &&
    spec.architecture === undefined &&
    spec.hash === undefined &&
    spec.variants.length + spec.flags.length + spec.dependencies.length === 0
  );
}
