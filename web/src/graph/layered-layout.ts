import { topologicalOrder, type Pair, type WaitingLines } from './waiting-lines.ts';

/** Sizes in pixels: of nodes, and of the space between rows, columns of one layer, and layers. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly row: number;
  readonly column: number;
  readonly layer: number;
}

/** Nodes in layers: each to the right of all that it waits for. */
export interface LayeredBlock {
  readonly width: number;
  readonly height: number;
  /** Upper left corners: x, y, x, y, … */
  readonly places: Float32Array;
}

const SWEEPS = 8;
/** Width to height of what a screen shows at once. */
const ASPECT = 1.9;

/**
 * Lays out a graph of any size in time proportional to its lines (and to sort its nodes): layers by the longest way to
 * a node, in each layer an order with few crossings, and layers that would be too high broken into several columns.
 */
export function layeredLayout({ pairs, nodes }: WaitingLines, grid: Grid): LayeredBlock {
  const neighbours = neighboursOf(pairs, nodes);
  const layers = ordered(layersOf(topologicalOrder(pairs, nodes), neighbours), neighbours);
  const rows = bestRows(
    layers.map(({ length }) => length),
    grid,
  );
  const places = new Float32Array(2 * nodes);
  let x = 0;
  const height = heightOf(Math.min(rows, Math.max(0, ...layers.map(({ length }) => length))), grid);
  for (const layer of layers) {
    const columns = Math.ceil(layer.length / rows);
    const top = (height - heightOf(Math.ceil(layer.length / columns), grid)) / 2;
    for (const [index, node] of layer.entries()) {
      places[2 * node] = x + (index % columns) * (grid.width + grid.column);
      places[2 * node + 1] = top + Math.floor(index / columns) * (grid.height + grid.row);
    }
    if (columns === 1) alignWithNeeds(layer, { before: neighbours.before, places, height, grid });
    x += columns * (grid.width + grid.column) - grid.column + grid.layer;
  }
  return { width: Math.max(0, x - grid.layer), height, places };
}

interface Neighbours {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
}

function neighboursOf(pairs: readonly Pair[], nodes: number): Neighbours {
  const before: number[][] = Array.from({ length: nodes }, () => []);
  const after: number[][] = Array.from({ length: nodes }, () => []);
  for (const [from, to] of pairs) {
    before[to]?.push(from);
    after[from]?.push(to);
  }
  return { before, after };
}

/**
 * Each node one layer after the last of those that it waits for; what waits for nothing just before it is waited for.
 */
function layersOf(order: readonly number[], { before, after }: Neighbours): number[][] {
  const nodes = before.length;
  const layer = new Int32Array(nodes);
  for (const node of order)
    for (const to of after[node] ?? []) layer[to] = Math.max(layer[to] ?? 0, (layer[node] ?? 0) + 1);
  for (const [node, users] of after.entries()) {
    if (before[node]?.length !== 0 || users.length === 0) continue;
    layer[node] = users.reduce((least, to) => Math.min(least, layer[to] ?? 0), nodes) - 1;
  }
  const layers: number[][] = [];
  for (let node = 0; node < nodes; node++) (layers[layer[node] ?? 0] ??= []).push(node);
  return Array.from(layers, (some) => some ?? []).filter(({ length }) => length > 0);
}

/** Sorts layers by where the neighbours of their nodes are, forwards and backwards in turn. */
function ordered(layers: readonly number[][], { before, after }: Neighbours): readonly (readonly number[])[] {
  const [position, wanted] = [new Float64Array(before.length), new Float64Array(before.length)];
  const settle = (layer: readonly number[]) =>
    layer.forEach((node, index) => (position[node] = (index + 0.5) / layer.length));
  layers.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    const neighbours = isForward ? before : after;
    for (const layer of isForward ? layers : layers.toReversed()) {
      for (const node of layer) wanted[node] = mean(neighbours[node] ?? [], position) ?? position[node] ?? 0;
      layer.sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0) || a - b);
      settle(layer);
    }
  }
  return layers;
}

function mean(nodes: readonly number[], of: Float64Array): number | undefined {
  if (nodes.length === 0) return undefined;
  return nodes.reduce((sum, node) => sum + (of[node] ?? 0), 0) / nodes.length;
}

/** The number of rows with which the whole has the shape of a screen. */
function bestRows(sizes: readonly number[], grid: Grid): number {
  const most = Math.max(1, ...sizes);
  let best = { rows: most, distance: Number.POSITIVE_INFINITY };
  for (let rows = most; rows >= 1; rows = rows > 64 ? Math.floor(rows * 0.95) : rows - 1) {
    const columns = sizes.reduce((sum, size) => sum + Math.ceil(size / rows), 0);
    const width = columns * (grid.width + grid.column) + sizes.length * (grid.layer - grid.column);
    const distance = Math.abs(Math.log(width / heightOf(rows, grid) / ASPECT));
    if (distance < best.distance) best = { rows, distance };
  }
  return best.rows;
}

function heightOf(rows: number, { height, row }: Grid): number {
  return Math.max(0, rows * (height + row) - row);
}

interface Alignment extends Pick<Neighbours, 'before'> {
  readonly places: Float32Array;
  readonly height: number;
  readonly grid: Grid;
}

/** Moves the nodes of a column, in their order, as near as there is room to the height of what they wait for. */
function alignWithNeeds(layer: readonly number[], { before, places, height, grid }: Alignment): void {
  const step = grid.height + grid.row;
  const topOf = (node: number) => places[2 * node + 1] ?? 0;
  let least = 0;
  const wanted = layer.map((node) => {
    const tops = (before[node] ?? []).map(topOf);
    const middle = tops.length === 0 ? topOf(node) : tops.reduce((sum, top) => sum + top, 0) / tops.length;
    const top = Math.max(least, middle);
    least = top + step;
    return top;
  });
  let most = height - grid.height;
  for (const [index, node] of [...layer.entries()].toReversed()) {
    const top = Math.min(most, wanted[index] ?? 0);
    places[2 * node + 1] = top;
    most = top - step;
  }
}
