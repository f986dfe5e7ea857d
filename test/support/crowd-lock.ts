import { tinyNode } from './tiny-node.ts';
import type { Lockfile } from '../../src/spack/index.ts';

/** A lock of so many packages that need nothing. */
export function crowdLock(count: number): Lockfile {
  const nodes = Array.from({ length: count }, (_, index) => tinyNode(`crowd-${index}`, '1', []));
  return {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack: {},
    roots: nodes.map(({ hash, name }) => ({ hash, spec: name })),
    nodes: new Map(nodes.map((node) => [node.hash, node])),
  };
}
