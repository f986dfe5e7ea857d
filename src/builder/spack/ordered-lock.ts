import { compareText } from '../../kit/index.ts';
import type { Lockfile } from '../../spack/index.ts';

/**
 * The lock with its roots in the order of their texts, and its packages by name. Spack writes both as they fall out of
 * sets, so that the same answer is another file each time; it reads them in any order. The packages themselves stay as
 * they are.
 */
export function orderedLock(lock: Lockfile): Lockfile {
  const roots = lock.roots.toSorted((a, b) => compareText(a.spec, b.spec) || compareText(a.hash, b.hash));
  const nodes = [...lock.nodes].toSorted(([, a], [, b]) => compareText(a.name, b.name) || compareText(a.hash, b.hash));
  return { ...lock, roots, nodes: new Map(nodes) };
}
