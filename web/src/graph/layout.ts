import { Graph, layout } from '@dagrejs/dagre';
import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { keyOf, nodeName, type Box, type GraphLayout, type Point } from './graph-layout.ts';

/** In pixels: what stands in a node beside its name, and a character of the name in the widest of the usual fonts. */
const NODE = { height: 40, narrowest: 158, widest: 340, beside: 52, character: 8.6 } as const;
const MARGIN = 12;
/**
 * A stage that waits for all of another is joined to it through one point, where there would be more lines than this.
 */
const MANY_LINES = 12;

type Pair = readonly [from: string, to: string];

/** Places the jobs of a pipeline and of its children; depends on names and needs only, not on how far jobs are. */
export function layoutJobs(detail: PipelineDetail): GraphLayout {
  const graph = new Graph({ compound: true });
  const jobs = [...detail.jobs, ...detail.children.flatMap((child) => child.jobs)];
  const width = nodeWidth(jobs);
  graph.setGraph({ rankdir: 'LR', nodesep: 8, ranksep: 26, edgesep: 6, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  addPipeline(graph, detail.jobs, width);
  for (const child of detail.children) addChild(graph, { detail, child, width });
  layout(graph);
  return read(graph, detail);
}

/** One width for all nodes, so that they stand in columns: as wide as the longest name wants, within bounds. */
function nodeWidth(jobs: readonly JobView[]): number {
  const longest = jobs.reduce((most, { name }) => Math.max(most, nodeName(name).length), 0);
  return Math.round(Math.min(NODE.widest, Math.max(NODE.narrowest, NODE.beside + longest * NODE.character)));
}

interface ChildPlace {
  readonly detail: PipelineDetail;
  readonly child: PipelineDetail['children'][number];
  readonly width: number;
}

function addChild(graph: Graph, { detail, child, width }: ChildPlace): void {
  const frame = `frame ${child.id}`;
  graph.setNode(frame, {});
  addPipeline(graph, child.jobs, width);
  for (const job of child.jobs) graph.setParent(keyOf(job), frame);
  const owner = [...detail.jobs, ...detail.children.flatMap(({ jobs }) => jobs)].find((job) => job.child === child.id);
  if (owner === undefined) return;
  const pairs = linesOf(child.jobs);
  const roots = child.jobs.filter((job) => !pairs.some(([, to]) => to === keyOf(job)));
  for (const root of roots) graph.setEdge(keyOf(owner), keyOf(root));
}

function addPipeline(graph: Graph, jobs: readonly JobView[], width: number): void {
  for (const job of jobs) graph.setNode(keyOf(job), { width, height: NODE.height });
  for (const [from, to] of linesOf(jobs)) {
    for (const end of [from, to]) if (end.startsWith('stage ')) graph.setNode(end, { width: 2, height: 2 });
    graph.setEdge(from, to);
  }
}

/** Who waits for whom: by `needs`, else for all of the stage before. What follows from other lines is left out. */
export function linesOf(jobs: readonly JobView[]): readonly Pair[] {
  const known = new Map(jobs.map((job) => [job.name, job]));
  const byNeeds = jobs.flatMap((job) =>
    (job.needs ?? []).flatMap((need): Pair[] => (known.has(need) ? [[need, job.name]] : [])),
  );
  const reduced = withoutShortcuts(byNeeds).map(([from, to]): Pair => [
    keyOf(known.get(from) as JobView),
    keyOf(known.get(to) as JobView),
  ]);
  return [...reduced, ...stageLines(jobs)];
}

function stageLines(jobs: readonly JobView[]): readonly Pair[] {
  const stages = [...new Set(jobs.map(({ stage }) => stage))];
  return stages.slice(1).flatMap((stage, index) => {
    const waiting = jobs.filter((job) => job.stage === stage && job.needs === undefined).map(keyOf);
    const before = jobs.filter((job) => job.stage === stages[index]).map(keyOf);
    if (waiting.length * before.length <= MANY_LINES)
      return before.flatMap((from) => waiting.map((to): Pair => [from, to]));
    const point = `stage ${jobs[0]?.pipeline} ${stage}`;
    return [...before.map((from): Pair => [from, point]), ...waiting.map((to): Pair => [point, to])];
  });
}

function withoutShortcuts(pairs: readonly Pair[]): readonly Pair[] {
  const next = new Map<string, string[]>();
  for (const [from, to] of pairs) next.set(from, [...(next.get(from) ?? []), to]);
  const reach = new Map<string, Set<string>>();
  const reached = (name: string): Set<string> => {
    const known = reach.get(name);
    if (known !== undefined) return known;
    const found = new Set<string>();
    reach.set(name, found);
    for (const one of next.get(name) ?? []) for (const far of [one, ...reached(one)]) found.add(far);
    return found;
  };
  return pairs.filter(([from, to]) => !(next.get(from) ?? []).some((other) => other !== to && reached(other).has(to)));
}

function read(graph: Graph, detail: PipelineDetail): GraphLayout {
  const boxOf = (key: string): Box => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(key) as Partial<Box>;
    return { x: x - width / 2, y: y - height / 2, width, height };
  };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const jobs = [...detail.jobs, ...detail.children.flatMap((child) => child.jobs)];
  return {
    width,
    height,
    nodes: jobs.map((job) => ({ key: keyOf(job), box: boxOf(keyOf(job)) })),
    frames: detail.children
      .filter((child) => child.jobs.length > 0)
      .map(({ id }) => ({ pipeline: id, box: boxOf(`frame ${id}`) })),
    edges: graph.edges().map((edge) => ({
      key: `${edge.v}>${edge.w}`,
      points: route(boxOf(edge.v), boxOf(edge.w), (graph.edge(edge) as { points: readonly Point[] }).points),
    })),
  };
}

/** Out at the right, in at the left, and in between where dagre leads around other jobs. */
function route(from: Box, to: Box, points: readonly Point[]): readonly Point[] {
  const start = { x: from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: to.x, y: to.y + to.height / 2 };
  const far =
    points.length > 3
      ? points.slice(1, -1).filter(({ x }) => x > start.x + from.width / 2 && x < end.x - from.width / 2)
      : [];
  return [start, ...far, end];
}
