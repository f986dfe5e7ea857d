import type { SpecDependency, SpecNode } from './node.ts';
import { compilerPackage } from '../spec/compiler-names.ts';
import { isFlagName, type AbstractSpec, type SpecEdge } from '../spec/spec.ts';
import { parseSpec } from '../spec/spec-parser.ts';

type Nodes = ReadonlyMap<string, SpecNode>;

/**
 * Returns a node as a spec that matches exactly it. Dependencies are looked up in `nodes` on demand; those that `nodes`
 * lacks have only the properties of their edge.
 */
export function concreteSpec(node: SpecNode, nodes: Nodes): AbstractSpec {
  const { platform, platform_os: os, target } = node.arch;
  const parameters = Object.entries(node.parameters);
  return {
    name: node.name,
    namespace: node.namespace,
    versions: [exactVersion(node.version)],
    variants: parameters
      .filter(([name]) => !isFlagName(name))
      .map(([name, value]) =>
        typeof value === 'boolean' ? { name, value } : { name, value: listOf(value), exact: true },
      ),
    flags: parameters.flatMap(([name, value]) => (isFlagName(name) ? [{ name, value: [value].flat().join(' ') }] : [])),
    architecture: { platform, os, target: typeof target === 'string' ? target : target.name },
    hash: node.hash,
    get dependencies() {
      return [...compilerEdges(node), ...directEdges(node, nodes), ...indirectEdges(node, nodes)];
    },
  };
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? value.split(',') : value;
}

function exactVersion(version: string): NonNullable<AbstractSpec['versions']>[number] {
  const [ref = '', treatedAs] = version.split('=');
  if (ref.startsWith('git.')) return { kind: 'git', ref, version: treatedAs };
  return { kind: 'exact', version };
}

/**
 * Up to format 4 the compiler is not a dependency, but `%gcc` matches it nevertheless; later nodes may still name it.
 */
function compilerEdges({ compiler, annotations }: SpecNode): readonly SpecEdge[] {
  if (compiler === undefined) {
    const named = annotations?.compiler;
    return typeof named === 'string' ? parseSpec(`%${named}`).dependencies : [];
  }
  const spec = { ...parseSpec('*'), name: compilerPackage(compiler.name), versions: [exactVersion(compiler.version)] };
  return [{ spec, direct: true, virtuals: [], deptypes: ['build'] }];
}

function directEdges(node: SpecNode, nodes: Nodes): readonly SpecEdge[] {
  return (node.dependencies ?? []).map(({ name, hash, parameters }) => {
    const found = nodes.get(hash);
    const spec = found === undefined ? { ...parseSpec('*'), name, hash } : concreteSpec(found, nodes);
    return { spec, direct: true, virtuals: parameters.virtuals, deptypes: parameters.deptypes };
  });
}

/**
 * What is further away, by link and run dependencies. Up to Spack 0.23 `^` also finds what built a dependency, but not
 * by the virtual that it provides there.
 */
function indirectEdges(node: SpecNode, nodes: Nodes): readonly SpecEdge[] {
  const near = edgesBelow(node, nodes, isUsedLater);
  if (node.compiler === undefined) return near;
  return [...near, ...edgesBelow(node, nodes, () => true).map((edge) => ({ ...edge, virtuals: [] }))];
}

function isUsedLater({ parameters }: SpecDependency): boolean {
  return parameters.deptypes.some((type) => type === 'link' || type === 'run');
}

function edgesBelow(
  node: SpecNode,
  nodes: Nodes,
  isFollowed: (dependency: SpecDependency) => boolean,
): readonly SpecEdge[] {
  const edges: SpecEdge[] = [];
  const followedOf = (one: SpecNode | undefined) => (one?.dependencies ?? []).filter(isFollowed);
  const seen = new Set(followedOf(node).map(({ hash }) => hash));
  for (const hash of seen) {
    for (const { hash: below, parameters } of followedOf(nodes.get(hash))) {
      seen.add(below);
      const found = nodes.get(below);
      if (found !== undefined) {
        const { virtuals, deptypes } = parameters;
        edges.push({ spec: concreteSpec(found, nodes), direct: false, virtuals, deptypes });
      }
    }
  }
  return edges;
}
