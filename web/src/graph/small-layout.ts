import { Graph, layout } from '@dagrejs/dagre';
import type { Box, GraphLayout, GraphShape } from './graph-layout.ts';
import { lineList, type Point } from './line-list.ts';
import { waitingLines } from './waiting-lines.ts';

const MARGIN = 12;

/** Lays out few jobs with dagre, which leads lines around jobs, in a time that grows faster than their square. */
export function smallLayout(shape: GraphShape, node: GraphLayout['node']): GraphLayout {
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 8, ranksep: 26, edgesep: 6, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const jobs = shape.flatMap((pipeline) => pipeline.jobs);
  let first = 0;
  for (const pipeline of shape) {
    addPipeline(graph, { jobs: pipeline.jobs, first, node });
    const owner = jobs.findIndex(({ child }) => child === pipeline.id);
    if (first > 0) addFrame(graph, { ...pipeline, first, owner });
    first += pipeline.jobs.length;
  }
  layout(graph);
  return read(graph, { shape, node, jobs: jobs.length });
}

interface Added {
  readonly jobs: GraphShape[number]['jobs'];
  /** Index of its first job among all. */
  readonly first: number;
}

function addPipeline(graph: Graph, { jobs, first, node }: Added & { readonly node: GraphLayout['node'] }): void {
  const { pairs } = waitingLines(jobs);
  const keyOf = (index: number) => (index < jobs.length ? `${first + index}` : `point ${first} ${index}`);
  for (const index of jobs.keys()) graph.setNode(keyOf(index), { ...node });
  for (const [from, to] of pairs) {
    for (const end of [from, to]) if (end >= jobs.length) graph.setNode(keyOf(end), { width: 2, height: 2 });
    graph.setEdge(keyOf(from), keyOf(to));
  }
}

/** Lines lead from the job that started a pipeline to all jobs of it that wait for no other. */
function addFrame(graph: Graph, { id, jobs, first, owner }: Added & { id: string; owner: number }): void {
  graph.setNode(`frame ${id}`, {});
  for (const index of jobs.keys()) graph.setParent(`${first + index}`, `frame ${id}`);
  if (owner === -1) return;
  const waiting = new Set(waitingLines(jobs).pairs.map(([, to]) => to));
  for (const index of jobs.keys()) if (!waiting.has(index)) graph.setEdge(`${owner}`, `${first + index}`);
}

interface Drawn {
  readonly shape: GraphShape;
  readonly node: GraphLayout['node'];
  readonly jobs: number;
}

function read(graph: Graph, { shape, node, jobs }: Drawn): GraphLayout {
  const boxOf = (key: string) => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(key) as Partial<Box>;
    return { x: x - width / 2, y: y - height / 2, width, height };
  };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const indexOf = (key: string) => (key.startsWith('point') ? -1 : Number(key));
  return {
    pipelines: shape.map(({ id }) => id),
    width,
    height,
    node,
    places: Float32Array.from(
      Array.from({ length: jobs }, (_, index) => boxOf(`${index}`)).flatMap(({ x, y }) => [x, y]),
    ),
    frames: shape
      .slice(1)
      .filter((pipeline) => pipeline.jobs.length > 0)
      .map(({ id }) => ({ pipeline: id, box: boxOf(`frame ${id}`) })),
    lines: lineList(
      graph.edges().map((edge) => ({
        from: indexOf(edge.v),
        to: indexOf(edge.w),
        points: route(boxOf(edge.v), boxOf(edge.w), (graph.edge(edge) as { points: readonly Point[] }).points),
      })),
    ),
  };
}

/** Leads from the right side of a box to the left side of another, around other jobs where dagre does. */
function route(from: Box, to: Box, points: readonly Point[]): readonly Point[] {
  const start = { x: from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: to.x, y: to.y + to.height / 2 };
  const far =
    points.length > 3
      ? points.slice(1, -1).filter(({ x }) => x > start.x + from.width / 2 && x < end.x - from.width / 2)
      : [];
  return [start, ...far, end];
}
