import { useLayoutEffect, useRef } from 'preact/hooks';
import '../style/graph.css';
import { useSize } from '../parts/use-size.ts';
import type { GraphLayout } from './graph-layout.ts';
import { GraphPicture } from './graph-picture.tsx';
import { GraphTools } from './graph-tools.tsx';
import { useGestures } from './use-gestures.ts';
import { useGraph, type GraphOptions } from './use-graph.ts';
import type { Direction } from './neighbour.ts';
import { firstScale } from './viewport.ts';

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
const LEAST_HEIGHT = 220;
/** Of the window's height. */
const MOST_HEIGHT = 0.68;

/** Shows jobs as a graph of any size, which is moved, zoomed and searched. */
export function JobGraph(options: GraphOptions) {
  const box = useRef<HTMLDivElement>(null);
  const measured = useSize(box);
  const width = measured?.width ?? 1000;
  const size = measured ?? { width, height: heightFor(options.layout, width) };
  const state = useGraph(options, size);
  const refocus = useRef(false);
  useGestures(box, state.gestures);
  useLayoutEffect(() => {
    if (!refocus.current) return;
    refocus.current = false;
    box.current?.querySelector<HTMLElement>('[data-current]')?.focus({ preventScroll: true });
  });
  const press = (event: KeyboardEvent) => {
    const act = actionOf(event, state);
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    refocus.current = true;
    act();
  };
  return (
    <div class="graph">
      <GraphTools {...state.tools} />
      <div
        ref={box}
        class="graph-box"
        role="application"
        aria-label={`Graph of ${state.drawn.jobs.length.toLocaleString()} jobs`}
        aria-describedby="graph-keys"
        style={{ height: `${heightFor(options.layout, width)}px` }}
        onKeyDown={press}
        onFocusIn={({ target }) => {
          const job = (target as HTMLElement).dataset.job;
          if (job !== undefined) state.setCurrent(Number(job));
        }}
      >
        <GraphPicture state={state} />
      </div>
      <p id="graph-keys" class="faint graph-keys">
        Arrow keys follow the lines between jobs, Enter opens one; + and − zoom, 0 shows all. Drag to move, pinch or
        scroll with Ctrl to zoom.
      </p>
    </div>
  );
}

function actionOf({ key, target }: KeyboardEvent, { walk, tools }: ReturnType<typeof useGraph>) {
  const direction = DIRECTIONS[key];
  if (direction !== undefined && (target as HTMLElement).dataset.job !== undefined) return () => walk(direction);
  if (key === '+' || key === '=') return () => tools.zoom(1.5);
  if (key === '-') return () => tools.zoom(1 / 1.5);
  return key === '0' ? tools.fit : undefined;
}

/** As high as what is shown at first, within bounds. */
function heightFor(layout: GraphLayout, width: number): number {
  const height = layout.height * firstScale(layout, width) + 16;
  return Math.round(Math.max(LEAST_HEIGHT, Math.min(innerHeight * MOST_HEIGHT, height)));
}
