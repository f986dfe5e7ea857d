import { closure, nodeOf, type Lockfile, type SpecNode } from '../../spack/index.ts';

/** A package as far as layers go. */
export interface LayerItem {
  readonly name: string;
  /** Changes whenever the package does. */
  readonly hash: string;
  /** Bytes of its tarball. */
  readonly bytes: number;
  /** Names of the packages whose change changes this one's hash: itself and all that it depends on. */
  readonly causes: readonly string[];
}

/** How likely it is that a package is what the next change begins with, by name; from 0 to 1. */
export type ChangeRates = (name: string) => number;

/** The rate that is assumed for a package without a history: one change of its own in so many of the stack. */
const PRIOR_CHANGES = 1;
const PRIOR_STEPS = 200;

/**
 * Rates from the locks of a stack's past, oldest first. A package that has another hash than in the lock before, while
 * all that it depends on has the same, changed by itself; packages that depend on it changed with it and do not count.
 */
export function changeRates(history: readonly Lockfile[]): ChangeRates {
  const own = new Map<string, number>();
  for (let index = 1; index < history.length; index += 1) {
    for (const name of ownChanges(history[index - 1] as Lockfile, history[index] as Lockfile))
      own.set(name, (own.get(name) ?? 0) + 1);
  }
  const steps = Math.max(0, history.length - 1) + PRIOR_STEPS;
  return (name) => Math.min(0.95, ((own.get(name) ?? 0) + PRIOR_CHANGES) / steps);
}

/** The item of a package of a lock. */
export function layerItem(lock: Lockfile, node: SpecNode, bytes: number): LayerItem {
  const causes = [...closure(lock, [node.hash], ['build', 'link', 'run', 'test'])];
  return {
    name: node.name,
    hash: node.hash,
    bytes,
    causes: [...new Set(causes.map((hash) => nodeOf(lock, hash).name))],
  };
}

function ownChanges(before: Lockfile, after: Lockfile): readonly string[] {
  const isNew = (hash: string) => !before.nodes.has(hash);
  const changed = [...after.nodes.values()].filter(
    ({ hash, dependencies = [] }) => isNew(hash) && !dependencies.some((one) => isNew(one.hash)),
  );
  return changed.map(({ name }) => name);
}
