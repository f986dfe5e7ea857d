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
 * The order of all is computed once for each graph.
 */
export function topologicalOrder(graph: SpecGraph, hashes?: Iterable<string>): readonly SpecNode[] {
  const order = orders.get(graph.nodes) ?? orderOf(graph);
  orders.set(graph.nodes, order);
  if (hashes === undefined) return order;
  const included = new Set([...hashes].map((hash) => nodeOf(graph, hash)));
  return order.filter((node) => included.has(node));
}

const orders = new WeakMap<SpecGraph['nodes'], readonly SpecNode[]>();

interface WaitingNode {
  readonly node: SpecNode;
  readonly users: WaitingNode[];
  /** Edges to dependencies that are not in the order yet. */
  missing: number;
}

function orderOf({ nodes }: SpecGraph): readonly SpecNode[] {
  const waiting = new Map<string, WaitingNode>();
  for (const [hash, node] of nodes) waiting.set(hash, { node, users: [], missing: node.dependencies?.length ?? 0 });
  for (const one of waiting.values())
    for (const { hash } of one.node.dependencies ?? []) waiting.get(hash)?.users.push(one);
  const order: SpecNode[] = [];
  let ready = [...waiting.values()].filter(({ missing }) => missing === 0);
  while (ready.length > 0) {
    const wave = ready.toSorted((a, b) => compareNodes(a.node, b.node));
    ready = [];
    for (const { node, users } of wave) {
      order.push(node);
      for (const user of users) {
        user.missing -= 1;
        if (user.missing === 0) ready.push(user);
      }
    }
  }
  return order;
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
  const order = topologicalOrder(graph);
  if (order.length === graph.nodes.size) return undefined;
  // Every node that is left has a dependency that is left, so walking on must come back.
  const sorted = new Set(order);
  const left = new Set([...graph.nodes.keys()].filter((hash) => !sorted.has(nodeOf(graph, hash))));
  const path = new Set<string>();
  let hash = [...left][0] as string;
  while (!path.has(hash)) {
    path.add(hash);
    hash = (nodeOf(graph, hash).dependencies ?? []).find((one) => left.has(one.hash))?.hash as string;
  }
  const walked = [...path];
  return [...walked.slice(walked.indexOf(hash)), hash].map((one) => nodeOf(graph, one).name);
}

function dependencyHashes(node: SpecNode): ReadonlySet<string> {
  return new Set((node.dependencies ?? []).map((one) => one.hash));
}

function compareNodes(a: SpecNode, b: SpecNode): number {
  return compareText(a.name, b.name) || compareText(a.hash, b.hash);
}
