import { topologicalOrder, withHash, type SpecDocument, type SpecNode } from '../../spack/index.ts';

/** Spec files of this format name the compiler as the oldest do, and both Spack 0.23 and 1.x read them. */
const VERSION = 4;

export interface RenewedSpec extends SpecDocument {
  /** The hash that each node has now, by the one that it had. */
  readonly hashes: ReadonlyMap<string, string>;
}

/**
 * What a spec file of the first formats describes, in one whose hashes follow from its content. The old hashes follow
 * from nothing that is left: they could be anything, and so could what is below them.
 */
export function renewSpec({ nodes }: SpecDocument): RenewedSpec {
  const hashes = new Map<string, string>();
  const renewed = new Map<string, SpecNode>();
  for (const node of topologicalOrder({ nodes: new Map(nodes.map((one) => [one.hash, one])) })) {
    const one = renewNode(node, hashes);
    hashes.set(node.hash, one.hash);
    renewed.set(node.hash, one);
  }
  const [first, ...others] = nodes.map(({ hash }) => renewed.get(hash)).filter((node) => node !== undefined);
  if (first === undefined || others.length + 1 < nodes.length)
    throw new Error('its packages need each other in a circle');
  return { version: VERSION, nodes: [first, ...others], hashes };
}

function renewNode(node: SpecNode, hashes: ReadonlyMap<string, string>): SpecNode {
  const { name, version, arch, compiler, namespace, parameters, external, patches, package_hash } = node;
  // As format 4 writes them, whichever way they were written.
  const dependencies = (node.dependencies ?? []).map((one) => ({
    name: one.name,
    hash: hashes.get(one.hash) ?? one.hash,
    parameters: { deptypes: one.parameters.deptypes, virtuals: one.parameters.virtuals },
  }));
  return withHash({
    name,
    version,
    arch,
    compiler,
    namespace,
    parameters,
    external,
    patches,
    package_hash,
    dependencies: dependencies.length === 0 ? undefined : dependencies,
  });
}
