import type { ShapeJob } from './graph-layout.ts';

/** With more lines than this between two stages, all of them go through one point. */
const MANY_LINES = 12;

/** Indexes of two nodes, of which the second waits for the first. */
export type Pair = readonly [from: number, to: number];

/** The nodes of one pipeline: its jobs, and after them the points that lines of whole stages go through. */
export interface WaitingLines {
  readonly pairs: readonly Pair[];
  /** Jobs and points. */
  readonly nodes: number;
}

/** Returns what jobs wait for: their `needs`, or all of the stage before. Lines that follow from others are omitted. */
export function waitingLines(jobs: readonly ShapeJob[]): WaitingLines {
  const indexes = new Map(jobs.map(({ name }, index) => [name, index]));
  const byNeeds = jobs.flatMap(({ needs = [] }, to) =>
    needs.flatMap((name): Pair[] => {
      const from = indexes.get(name);
      return from === undefined ? [] : [[from, to]];
    }),
  );
  const stages = stageLines(jobs);
  return { pairs: [...withoutShortcuts(byNeeds, jobs.length), ...stages.pairs], nodes: stages.nodes };
}

function stageLines(jobs: readonly ShapeJob[]): WaitingLines {
  const stages = new Map<string, number[]>();
  for (const [index, { stage }] of jobs.entries()) {
    const known = stages.get(stage);
    if (known === undefined) stages.set(stage, [index]);
    else known.push(index);
  }
  let nodes = jobs.length;
  let before: readonly number[] = [];
  const pairs: Pair[] = [];
  for (const stage of stages.values()) {
    const waiting = stage.filter((index) => jobs[index]?.needs === undefined);
    const isDirect = waiting.length * before.length <= MANY_LINES;
    if (isDirect) for (const from of before) for (const to of waiting) pairs.push([from, to]);
    else {
      for (const from of before) pairs.push([from, nodes]);
      for (const to of waiting) pairs.push([nodes, to]);
      nodes += 1;
    }
    before = stage;
  }
  return { pairs, nodes };
}

/** Omits lines between nodes that are connected through others too. */
function withoutShortcuts(pairs: readonly Pair[], nodes: number): readonly Pair[] {
  const next: number[][] = Array.from({ length: nodes }, () => []);
  for (const [from, to] of pairs) next[from]?.push(to);
  const order = topologicalOrder(pairs, nodes);
  const place = new Int32Array(nodes);
  for (const [index, node] of order.entries()) place[node] = index;
  const reached: Uint32Array[] = [];
  const kept = new Set<number>();
  for (const from of order.toReversed()) {
    // Whatever is between two nodes comes before the second one in the order.
    const far = (reached[from] = new Uint32Array((nodes + 31) >> 5));
    for (const to of [...new Set(next[from])].toSorted((a, b) => (place[a] ?? 0) - (place[b] ?? 0))) {
      if (((far[to >> 5] ?? 0) >>> (to & 31)) & 1) continue;
      kept.add(from * nodes + to);
      const further = reached[to] ?? [];
      for (let word = 0; word < further.length; word++) far[word] = (far[word] ?? 0) | (further[word] ?? 0);
      far[to >> 5] = (far[to >> 5] ?? 0) | (1 << (to & 31));
    }
  }
  return pairs.filter(([from, to]) => kept.has(from * nodes + to));
}

/** Each node after all that it waits for. Nodes that wait for each other are left out. */
export function topologicalOrder(pairs: readonly Pair[], nodes: number): readonly number[] {
  const next: number[][] = Array.from({ length: nodes }, () => []);
  const waits = new Int32Array(nodes);
  for (const [from, to] of pairs) {
    next[from]?.push(to);
    waits[to] = (waits[to] ?? 0) + 1;
  }
  const order = [...waits.keys()].filter((node) => waits[node] === 0);
  for (const node of order)
    for (const to of next[node] ?? []) {
      const left = (waits[to] = (waits[to] ?? 0) - 1);
      if (left === 0) order.push(to);
    }
  return order;
}
