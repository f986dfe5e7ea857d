import { withHash, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { tinyNode } from './tiny-node.ts';

function lockOf(root: SpecNode, ...others: readonly SpecNode[]): Lockfile {
  return {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack: {},
    roots: [{ hash: root.hash, spec: root.name }],
    nodes: new Map([root, ...others].map((node) => [node.hash, node])),
  };
}

const tide = withHash(tinyNode('tide', '1.0', []));

/** A lock of two packages: `gauge` links `tide`. */
export const smallLock = lockOf(tinyNode('gauge', '2.1', [tide]), tide);

/** A lock of another package. */
export const foreignLock = lockOf(withHash(tinyNode('intruder', '6.6', [])));
