import { compareText } from '../../kit/index.ts';
import { spackError } from '../errors.ts';
import type { DependencyType, SpecDependency, SpecNode } from './node.ts';

/** As much of a lock as its graph needs: a `Lockfile` is one. */
interface SpecGraph {
  readonly nodes: ReadonlyMap<string, SpecNode>;
}

/** The node with this hash; throws LOCK_HASH_UNKNOWN if there is none. */
export function nodeOf(graph: SpecGraph, hash: string): SpecNode {
  const node = graph.nodes.get(hash);
  if (node === undefined) throw spackError('LOCK_HASH_UNKNOWN', { hash });
  return node;
}

/** A node's direct dependencies of any of these types. */
export function dependenciesOf(node: SpecNode, types: readonly DependencyType[]): readonly SpecDependency[] {
  return (node.dependencies ?? []).filter((one) => one.parameters.deptypes.some((type) => types.includes(type)));
}

/** Hashes reached from the start through edges of these types, the start included. */
export function closure(
  graph: SpecGraph,
  hashes: Iterable<string>,
  types: readonly DependencyType[],
): ReadonlySet<string> {
  const reached = new Set(hashes);
  // A set's iteration also visits what is added meanwhile.
  for (const hash of reached) {
    for (const dependency of dependenciesOf(nodeOf(graph, hash), types)) reached.add(dependency.hash);
  }
  return reached;
}

/**
 * Nodes with dependencies (of every type) before their dependents; those that are ready together are in the order
 * of name, then hash. With `hashes`: only these, in the order that they have among all. Nodes in a circle are left out.
 */
export function topologicalOrder(graph: SpecGraph, hashes?: Iterable<string>): readonly SpecNode[] {
  const waiting = new Map([...graph.nodes].map(([hash, node]) => [hash, dependencyHashes(node).size]));
  const users = dependents(graph);
  const order: SpecNode[] = [];
  let ready = [...waiting].filter(([, count]) => count === 0).map(([hash]) => hash);
  while (ready.length > 0) {
    const wave = ready
      .map((hash) => ({ hash, node: nodeOf(graph, hash) }))
      .toSorted((a, b) => compareNodes(a.node, b.node));
    ready = [];
    for (const { hash, node } of wave) {
      order.push(node);
      for (const user of users.get(hash) ?? []) {
        const count = (waiting.get(user) ?? 0) - 1;
        waiting.set(user, count);
        if (count === 0) ready.push(user);
      }
    }
  }
  if (hashes === undefined) return order;
  const included = new Set([...hashes].map((hash) => nodeOf(graph, hash)));
  return order.filter((node) => included.has(node));
}

/** For each hash, the hashes of the nodes that depend on it directly, in the graph's order; every hash has an entry. */
export function dependents(graph: SpecGraph): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>([...graph.nodes.keys()].map((hash) => [hash, []]));
  for (const [hash, node] of graph.nodes) {
    for (const dependency of dependencyHashes(node)) users.get(dependency)?.push(hash);
  }
  return users;
}

/** The names of a circle of dependencies, the first again at the end; undefined if there is none. */
export function findCircle(graph: SpecGraph): readonly string[] | undefined {
  const sorted = new Set(topologicalOrder(graph));
  const rest = [...graph.nodes].filter(([, node]) => !sorted.has(node));
  if (rest[0] === undefined) return undefined;
  // Every node that is left has a dependency that is left, so walking on must come back.
  const left = new Set(rest.map(([hash]) => hash));
  const path: string[] = [];
  let hash: string = rest[0][0];
  while (!path.includes(hash)) {
    path.push(hash);
    hash = [...dependencyHashes(nodeOf(graph, hash))].find((one) => left.has(one)) as string;
  }
  return [...path.slice(path.indexOf(hash)), hash].map((one) => nodeOf(graph, one).name);
}

function dependencyHashes(node: SpecNode): ReadonlySet<string> {
  return new Set((node.dependencies ?? []).map((one) => one.hash));
}

function compareNodes(a: SpecNode, b: SpecNode): number {
  return compareText(a.name, b.name) || compareText(a.hash, b.hash);
}

/** By code unit, so that the order does not depend on the machine's language. */
