import { compareText } from '../../kit/index.ts';
import { spackError } from '../errors.ts';
import { closure } from './lock-graph.ts';
import type { Lockfile, LockRoot } from './lockfile.ts';
import type { SpecNode } from './node.ts';

const everyType = ['build', 'link', 'run', 'test'] as const;

/**
 * Joins the locks of parts of an environment's roots, as if Spack had locked them at once: the listed roots, by
 * default those of all parts, and the packages that these need. That holds only for roots that Spack concretizes
 * separately (`unify: false`). Throws LOCK_PARTS_CONFLICT if the parts come from different Spacks, have a root twice
 * with different hashes, or lack one that is listed.
 */
export function mergeLocks(
  parts: readonly [Lockfile, ...Lockfile[]],
  listed?: readonly Pick<LockRoot, 'spec' | 'group'>[],
): Lockfile {
  const [first] = parts;
  const origin = originOf(first);
  if (parts.some((part) => originOf(part) !== origin))
    throw conflict('they were not written by the same Spack, or differ in what they include');
  const known = rootsOf(parts);
  const roots = listed?.map((one) => known.get(rootKey(one)) ?? missing(one)) ?? [...known.values()];
  return selectNodes({ ...first, roots, nodes: nodesOf(parts) });
}

/** Returns the lock of some roots alone. */
export function selectRoots(lock: Lockfile, isSelected: (root: LockRoot) => boolean): Lockfile {
  return selectNodes({ ...lock, roots: lock.roots.filter(isSelected) });
}

/**
 * Sorts the roots of a lock by their texts, and its packages by name. Spack writes both in the order of sets, so that
 * the same result is another file each time; it reads them in any order. The packages stay as they are.
 */
export function orderedLock(lock: Lockfile): Lockfile {
  const roots = lock.roots.toSorted((a, b) => compareText(a.spec, b.spec) || compareText(a.hash, b.hash));
  const nodes = [...lock.nodes].toSorted(([, a], [, b]) => compareText(a.name, b.name) || compareText(a.hash, b.hash));
  return { ...lock, roots, nodes: new Map(nodes) };
}

function selectNodes(lock: Lockfile): Lockfile {
  const hashes = lock.roots.map(({ hash }) => hash);
  const needed = closure(lock, hashes, everyType);
  return { ...lock, nodes: new Map([...lock.nodes].filter(([hash]) => needed.has(hash))) };
}

function originOf({ lockfileVersion, specfileVersion, spack, rest = {} }: Lockfile): string {
  return JSON.stringify([lockfileVersion, specfileVersion, sorted(spack), sorted(rest)]);
}

function sorted(values: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(values).toSorted(([a], [b]) => compareText(a, b));
}

function rootKey({ spec, group }: Pick<LockRoot, 'spec' | 'group'>): string {
  return JSON.stringify([spec, group]);
}

function rootsOf(parts: readonly Lockfile[]): ReadonlyMap<string, LockRoot> {
  const roots = new Map<string, LockRoot>();
  for (const root of parts.flatMap((part) => part.roots)) {
    const other = roots.get(rootKey(root));
    if (other !== undefined && other.hash !== root.hash)
      throw conflict(`root \`${root.spec}\` is ${other.hash} in one, and ${root.hash} in another`);
    roots.set(rootKey(root), root);
  }
  return roots;
}

function nodesOf(parts: readonly Lockfile[]): ReadonlyMap<string, SpecNode> {
  const nodes = new Map<string, SpecNode>();
  for (const [hash, node] of parts.flatMap((part) => [...part.nodes])) {
    const other = nodes.get(hash);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(node))
      throw conflict(`${node.name}/${hash} is not the same in all of them`);
    nodes.set(hash, node);
  }
  return nodes;
}

function missing({ spec }: Pick<LockRoot, 'spec'>): never {
  throw conflict(`none has the root \`${spec}\``);
}

function conflict(fault: string): Error {
  return spackError('LOCK_PARTS_CONFLICT', { fault });
}
