import { useMemo, useState } from 'preact/hooks';
import type { PipelineDetail } from '../../../src/protocol/index.ts';
import { useQuery } from '../query-state.ts';
import { drawnJobs, matchingJobs } from './drawn-jobs.ts';
import type { GraphLayout } from './graph-layout.ts';
import { neighbour, type Direction } from './neighbour.ts';
import { NodeIndex } from './node-index.ts';
import { useViewport } from './use-viewport.ts';
import { READABLE, centred, firstView, fitted, panned, revealed, visibleBox, zoomed, type Size } from './viewport.ts';

/** With more jobs in view they are painted. */
const MOST_ELEMENTS = 200;

export interface GraphOptions {
  readonly detail: PipelineDetail;
  readonly layout: GraphLayout;
  /** Ids of the jobs on the critical path. */
  readonly path: readonly string[];
}

/** The state of a graph: what is in view, which job is the current one, which jobs a search found. */
export function useGraph({ detail, layout, path }: GraphOptions, size: Size) {
  const drawn = useMemo(() => drawnJobs(detail, { layout, path }), [detail, layout, path]);
  const index = useMemo(() => new NodeIndex(layout), [layout]);
  const [text, search] = useQuery('q', '');
  const matches = useMemo(() => matchingJobs(drawn, text), [drawn, text]);
  const urgent = drawn.groups[0]?.jobs[0];
  const [view, set] = useViewport(firstView(layout, size, urgent));
  const [chosen, setCurrent] = useState<number>();
  const current = chosen ?? urgent ?? 0;
  const seen = useMemo(
    () => (view.scale < READABLE ? [] : index.within(visibleBox(view, size))),
    [index, view.x, view.y, view.scale, size],
  );
  const hasElements = view.scale >= READABLE && seen.length <= MOST_ELEMENTS;
  const elements = hasElements ? new Set([...seen.toSorted((a, b) => a - b), current]) : new Set<number>();
  return {
    layout,
    drawn,
    index,
    view,
    size,
    current,
    setCurrent,
    /** Jobs that are elements, in the order of the plan; none of them while all are painted. */
    elements,
    hasElements,
    matches: useMemo(() => matches && new Set(matches), [matches]),
    tools: {
      drawn,
      text,
      matches,
      scale: view.scale,
      search,
      fit: () => set(fitted(layout, size)),
      jump: (jobs: readonly number[]) => {
        const next = jobs[(jobs.indexOf(current) + 1) % jobs.length];
        if (next === undefined) return;
        setCurrent(next);
        set(centred(layout, next, view.scale));
      },
      zoom: (factor: number) => set(zoomed(view, factor)),
    },
    gestures: {
      pan: (by: { x: number; y: number }) => set(panned(view, by, layout)),
      zoom: (factor: number, at: { x: number; y: number }) => set(zoomed(view, factor, at)),
    },
    /** Makes the job that an arrow key leads to the current one. */
    walk: (direction: Direction) => {
      const next = neighbour(layout, current, direction);
      setCurrent(next);
      set(revealed(view, layout, { job: next, size }));
    },
  };
}

export type GraphState = ReturnType<typeof useGraph>;
