import type { Box, GraphLayout, GraphShape } from './graph-layout.ts';
import { layeredLayout, type Grid, type LayeredBlock } from './layered-layout.ts';
import { lineList, type Line, type Point } from './line-list.ts';
import { waitingLines, type WaitingLines } from './waiting-lines.ts';

const MARGIN = 14;
const SPACE = { row: 10, column: 12, layer: 56 } as const;

interface Block extends LayeredBlock, WaitingLines {
  readonly pipeline: string;
  readonly jobs: number;
  /** Index of its first job among all. */
  readonly first: number;
  /** Index among all jobs of the job that started it; -1 if it is not shown. */
  readonly owner: number;
}

/** A block, and where it is in the whole. */
interface PlacedBlock extends Block {
  readonly at: Point;
}

/** Lays out each pipeline as a block of layers. What a pipeline started is to its right, in frames below each other. */
export function largeLayout(shape: GraphShape, node: GraphLayout['node']): GraphLayout {
  const blocks = blocksOf(shape, { ...node, ...SPACE });
  const placed: PlacedBlock[] = [];
  const end = place(blocks, { block: blocks[0], at: { x: MARGIN, y: MARGIN }, placed });
  const total = shape.reduce((sum, { jobs }) => sum + jobs.length, 0);
  const places = new Float32Array(2 * total);
  for (const { places: own, at, first, jobs } of placed)
    for (let index = 0; index < jobs; index++) {
      places[2 * (first + index)] = at.x + (own[2 * index] ?? 0);
      places[2 * (first + index) + 1] = at.y + (own[2 * index + 1] ?? 0);
    }
  const frames = placed.slice(1).map((block) => ({ pipeline: block.pipeline, box: frameOf(block) }));
  const lines = placed.flatMap((block) => [...innerLines(block, node), ...lineToFrame(block, { places, node })]);
  const pipelines = shape.map(({ id }) => id);
  return { pipelines, width: end.x + MARGIN, height: end.y + MARGIN, node, places, frames, lines: lineList(lines) };
}

function blocksOf(shape: GraphShape, grid: Grid): readonly Block[] {
  const owners = new Map(
    shape.flatMap(({ jobs }) => jobs).flatMap(({ child }, index) => (child === undefined ? [] : [[child, index]])),
  );
  let first = 0;
  return shape.map(({ id, jobs }, index) => {
    const lines = waitingLines(jobs);
    const owner = index === 0 ? -1 : (owners.get(id) ?? -1);
    const block = { pipeline: id, jobs: jobs.length, first, owner, ...lines, ...layeredLayout(lines, grid) };
    first += jobs.length;
    return block;
  });
}

interface Placing {
  readonly block: Block | undefined;
  readonly at: Point;
  readonly placed: PlacedBlock[];
}

/**
 * Places a block and, to its right, the blocks of what its jobs started. Returns the lower right corner of them all.
 */
function place(blocks: readonly Block[], { block, at, placed }: Placing): Point {
  if (block === undefined) return at;
  placed.push({ ...block, at });
  const isRoot = block === blocks[0];
  const children = blocks.filter(
    ({ owner, jobs }, index) =>
      index > 0 && jobs > 0 && ((owner >= block.first && owner < block.first + block.jobs) || (isRoot && owner === -1)),
  );
  const x = at.x + block.width + SPACE.layer + MARGIN;
  let [right, y] = [at.x + block.width, at.y];
  for (const child of children) {
    const corner = place(blocks, { block: child, at: { x, y: y + MARGIN }, placed });
    right = Math.max(right, corner.x + MARGIN);
    y = corner.y + 2 * MARGIN;
  }
  return { x: right, y: Math.max(y, at.y + block.height) };
}

function frameOf({ at, width, height }: PlacedBlock): Box {
  return { x: at.x - MARGIN, y: at.y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
}

/** From the right side of a node to the left side of another. */
function innerLines({ pairs, places, at, jobs, first }: PlacedBlock, node: GraphLayout['node']): readonly Line[] {
  const corner = (index: number, isEnd: boolean) => ({
    // The points of stages are as high as nodes, and have no width.
    x: at.x + (places[2 * index] ?? 0) + (index >= jobs ? node.width / 2 : isEnd ? 0 : node.width),
    y: at.y + (places[2 * index + 1] ?? 0) + node.height / 2,
  });
  const indexOf = (index: number) => (index < jobs ? first + index : -1);
  return pairs.map(([from, to]) => ({
    from: indexOf(from),
    to: indexOf(to),
    points: [corner(from, false), corner(to, true)],
  }));
}

/** One line from the job that started a pipeline to its frame. */
function lineToFrame(
  block: PlacedBlock,
  { places, node }: { readonly places: Float32Array; readonly node: GraphLayout['node'] },
): readonly Line[] {
  const { owner } = block;
  if (owner === -1) return [];
  const frame = frameOf(block);
  const start = { x: (places[2 * owner] ?? 0) + node.width, y: (places[2 * owner + 1] ?? 0) + node.height / 2 };
  const y = Math.min(Math.max(start.y, frame.y + MARGIN), frame.y + frame.height - MARGIN);
  return [{ from: owner, to: -1, points: [start, { x: frame.x, y }] }];
}
