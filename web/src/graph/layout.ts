import { Graph, layout } from '@dagrejs/dagre';
import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { allJobs, nodeKey, nodeName, type Box, type GraphLayout, type Point } from './graph-layout.ts';

/** Sizes in pixels. `beside` is all but the name; `character` is one of the name, in the widest of the usual fonts. */
const NODE = { height: 40, narrowest: 158, widest: 340, beside: 52, character: 8.6 } as const;
const MARGIN = 12;
/** With more lines than this between two stages, all of them go through one point. */
const MANY_LINES = 12;

type Pair = readonly [from: string, to: string];

/** Places the jobs of a pipeline and of its children. The result depends on names and needs only, not on statuses. */
export function layoutJobs(detail: PipelineDetail): GraphLayout {
  const graph = new Graph({ compound: true });
  const width = nodeWidth(allJobs(detail));
  graph.setGraph({ rankdir: 'LR', nodesep: 8, ranksep: 26, edgesep: 6, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  addPipeline(graph, detail.jobs, width);
  for (const child of detail.children) addChild(graph, { detail, child, width });
  layout(graph);
  return read(graph, detail);
}

/** Returns one width for all nodes, so that they form columns: that of the longest name, within bounds. */
function nodeWidth(jobs: readonly JobView[]): number {
  const longest = jobs.reduce((most, { name }) => Math.max(most, nodeName(name).length), 0);
  return Math.round(Math.min(NODE.widest, Math.max(NODE.narrowest, NODE.beside + longest * NODE.character)));
}

function addChild(
  graph: Graph,
  { detail, child, width }: { detail: PipelineDetail; child: PipelineDetail['children'][number]; width: number },
): void {
  const frame = `frame ${child.id}`;
  graph.setNode(frame, {});
  addPipeline(graph, child.jobs, width);
  for (const job of child.jobs) graph.setParent(nodeKey(job), frame);
  const owner = allJobs(detail).find((job) => job.child === child.id);
  if (owner === undefined) return;
  const targets = new Set(linesOf(child.jobs).map(([, to]) => to));
  for (const key of child.jobs.map(nodeKey)) if (!targets.has(key)) graph.setEdge(nodeKey(owner), key);
}

function addPipeline(graph: Graph, jobs: readonly JobView[], width: number): void {
  for (const job of jobs) graph.setNode(nodeKey(job), { width, height: NODE.height });
  for (const [from, to] of linesOf(jobs)) {
    for (const end of [from, to]) if (end.startsWith('stage ')) graph.setNode(end, { width: 2, height: 2 });
    graph.setEdge(from, to);
  }
}

/** Returns what jobs wait for: their `needs`, or all of the stage before. Lines that follow from others are omitted. */
export function linesOf(jobs: readonly JobView[]): readonly Pair[] {
  const known = new Set(jobs.map(nodeKey));
  const byNeeds = jobs.flatMap((job) =>
    (job.needs ?? [])
      .map((name): Pair => [nodeKey({ ...job, name }), nodeKey(job)])
      .filter(([need]) => known.has(need)),
  );
  return [...withoutShortcuts(byNeeds), ...stageLines(jobs)];
}

function stageLines(jobs: readonly JobView[]): readonly Pair[] {
  const stages = [...new Set(jobs.map(({ stage }) => stage))];
  return stages.slice(1).flatMap((stage, index) => {
    const waiting = jobs.filter((job) => job.stage === stage && job.needs === undefined).map(nodeKey);
    const before = jobs.filter((job) => job.stage === stages[index]).map(nodeKey);
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
  const boxOf = (key: string) => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(key) as Partial<Box>;
    return { x: x - width / 2, y: y - height / 2, width, height };
  };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: allJobs(detail).map((job) => ({ key: nodeKey(job), box: boxOf(nodeKey(job)) })),
    frames: detail.children
      .filter((child) => child.jobs.length > 0)
      .map(({ id }) => ({ pipeline: id, box: boxOf(`frame ${id}`) })),
    edges: graph.edges().map((edge) => ({
      key: `${edge.v}>${edge.w}`,
      points: route(boxOf(edge.v), boxOf(edge.w), (graph.edge(edge) as { points: readonly Point[] }).points),
    })),
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
