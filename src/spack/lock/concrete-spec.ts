import type { SpecNode } from './node.ts';
import type { AbstractSpec, FlagName, SpecEdge } from '../spec/spec.ts';
import { flagNames } from '../spec/spec.ts';
import { parseSpec } from '../spec/spec-parser.ts';

/**
 * A node as a spec that asks for exactly it. Dependencies are looked up in `nodes` when they are asked for; those
 * that `nodes` lacks have only what the edge says of them.
 */
export function concreteSpec(node: SpecNode, nodes: ReadonlyMap<string, SpecNode>): AbstractSpec {
  const { platform, platform_os: os, target } = node.arch;
  const parameters = Object.entries(node.parameters);
  return {
    name: node.name,
    namespace: node.namespace,
    versions: [exactVersion(node.version)],
    variants: parameters
      .filter(([name]) => !isFlag(name))
      .map(([name, value]) => ({ name, value: typeof value === 'string' ? value.split(',') : value })),
    flags: parameters
      .filter(([name]) => isFlag(name))
      .map(([name, value]) => ({ name: name as FlagName, value: [value].flat().join(' ') })),
    architecture: { platform, os, target: typeof target === 'string' ? target : target.name },
    hash: node.hash,
    get dependencies() {
      return [...compilerEdges(node), ...directEdges(node, nodes), ...indirectEdges(node, nodes)];
    },
  };
}

function isFlag(name: string): boolean {
  return (flagNames as readonly string[]).includes(name);
}

function exactVersion(version: string): NonNullable<AbstractSpec['versions']>[number] {
  const [ref = '', treatedAs] = version.split('=');
  if (ref.startsWith('git.')) return { kind: 'git', ref, ...(treatedAs === undefined ? {} : { version: treatedAs }) };
  return { kind: 'exact', version };
}

/** Up to format 4 the compiler is not a dependency, but `%gcc` asks for it all the same. */
function compilerEdges({ compiler }: SpecNode): readonly SpecEdge[] {
  if (compiler === undefined) return [];
  const spec = { ...parseSpec('*'), name: compiler.name, versions: [exactVersion(compiler.version)] };
  return [{ spec, direct: true, virtuals: [], deptypes: ['build'] }];
}

function directEdges(node: SpecNode, nodes: ReadonlyMap<string, SpecNode>): readonly SpecEdge[] {
  return (node.dependencies ?? []).map(({ name, hash, parameters }) => {
    const found = nodes.get(hash);
    const spec = found === undefined ? { ...parseSpec('*'), name, hash } : concreteSpec(found, nodes);
    return { spec, direct: true, virtuals: parameters.virtuals, deptypes: parameters.deptypes };
  });
}

/** What is further away; the virtuals that it provides count wherever in the closure it provides them. */
function indirectEdges(node: SpecNode, nodes: ReadonlyMap<string, SpecNode>): readonly SpecEdge[] {
  const edges = new Map<string, SpecEdge>();
  const seen = new Set((node.dependencies ?? []).map((one) => one.hash));
  for (const hash of seen) {
    for (const one of nodes.get(hash)?.dependencies ?? []) {
      seen.add(one.hash);
      const found = nodes.get(one.hash);
      const virtuals = [...(edges.get(one.hash)?.virtuals ?? []), ...one.parameters.virtuals];
      if (found === undefined) continue;
      edges.set(one.hash, {
        spec: concreteSpec(found, nodes),
        direct: false,
        virtuals,
        deptypes: one.parameters.deptypes,
      });
    }
  }
  return [...edges.values()];
}
