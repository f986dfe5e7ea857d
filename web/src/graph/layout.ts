import { nodeName, type GraphLayout, type GraphShape } from './graph-layout.ts';
import { largeLayout } from './large-layout.ts';
import { smallLayout } from './small-layout.ts';

/** Sizes in pixels. `beside` is all but the name; `character` is one of the name, in the widest of the usual fonts. */
const NODE = { height: 40, narrowest: 158, widest: 340, beside: 52, character: 8.6 } as const;
/** With more jobs dagre takes long, and makes columns that are higher than a screen. */
const MOST_SMALL = 60;

/** Places the jobs of a pipeline and of its children. The result depends on names and needs only, not on statuses. */
export function layoutJobs(shape: GraphShape): GraphLayout {
  const count = shape.reduce((sum, { jobs }) => sum + jobs.length, 0);
  const node = { width: nodeWidth(shape), height: NODE.height };
  return count > MOST_SMALL ? largeLayout(shape, node) : smallLayout(shape, node);
}

/** Returns one width for all nodes, so that they form columns: that of the longest name, within bounds. */
function nodeWidth(shape: GraphShape): number {
  const longest = shape
    .flatMap(({ jobs }) => jobs)
    .reduce((most, { name }) => Math.max(most, nodeName(name).length), 0);
  return Math.round(Math.min(NODE.widest, Math.max(NODE.narrowest, NODE.beside + longest * NODE.character)));
}
