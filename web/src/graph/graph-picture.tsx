import { useState } from 'preact/hooks';
import { go, linkTo } from '../router.ts';
import { GraphCanvas } from './graph-canvas.tsx';
import { GraphNode, addressOf } from './graph-node.tsx';
import type { GraphState } from './use-graph.ts';

/** Pixels around a pointer in which a painted job is found. */
const REACH = 6;
/** Room for the label of a painted job, in pixels. */
const LABEL = { width: 260, height: 48 } as const;
/** Child pipelines whose names are shown. */
const NAMED = 50;

/** The graph itself: painted, with links over it for the jobs that can be read and for the current one. */
export function GraphPicture({ state }: { state: GraphState }) {
  const { layout, drawn, view, size, current, elements, hasElements, matches, index } = state;
  const [hovered, setHovered] = useState<number>();
  const [left, top] = [size.width / 2 - view.x * view.scale, size.height / 2 - view.y * view.scale];
  const jobAt = (event: MouseEvent) => {
    if (hasElements || !(event.target instanceof HTMLCanvasElement)) return undefined;
    const [x, y] = [(event.offsetX - left) / view.scale, (event.offsetY - top) / view.scale];
    return index.at(x, y, REACH / view.scale);
  };
  const click = (event: MouseEvent) => {
    const job = jobAt(event);
    const address = job === undefined ? undefined : addressOf(drawn.jobs[job] as (typeof drawn.jobs)[number]);
    if (job !== undefined) state.setCurrent(job);
    // A finger cannot hover: its first touch shows which job it is.
    if (address !== undefined && !(event instanceof PointerEvent && event.pointerType === 'touch')) go(address);
  };
  return (
    <div
      onPointerMove={(event) => setHovered(jobAt(event))}
      onPointerLeave={() => setHovered(undefined)}
      onClick={click}
    >
      <GraphCanvas {...{ layout, index, drawn, current, matches, hasElements, view, size }} />
      {layout.frames.slice(0, NAMED).map(({ pipeline, box }) => (
        <a
          key={pipeline}
          class="frame-name"
          style={{ left: `${left + box.x * view.scale}px`, top: `${top + box.y * view.scale}px` }}
          href={linkTo.pipeline(pipeline)}
        >
          pipeline {pipeline}
        </a>
      ))}
      <div class="graph-nodes" style={{ transform: `translate(${left}px, ${top}px) scale(${view.scale})` }}>
        {[...elements].map((job) => (
          <Job key={job} state={state} job={job} />
        ))}
      </div>
      {!hasElements && <Label state={state} job={current} />}
      {!hasElements && hovered !== undefined && hovered !== current && <Label state={state} job={hovered} />}
    </div>
  );
}

/** A job at its place, under the scale of the whole. */
function Job({ state: { layout, drawn, current, matches }, job }: { state: GraphState; job: number }) {
  const view = drawn.jobs[job];
  if (view === undefined) return null;
  const { places, node } = layout;
  const marks = [drawn.critical.has(job) ? 'critical' : '', matches?.has(job) === false ? 'other' : ''];
  return (
    <GraphNode
      job={view}
      index={job}
      place={{ x: places[2 * job] ?? 0, y: places[2 * job + 1] ?? 0, ...node }}
      isCurrent={job === current}
      class={marks.join(' ')}
    />
  );
}

/** The name of a painted job beside it, at a size at which it can be read. */
function Label({ state: { layout, drawn, current, view, size }, job }: { state: GraphState; job: number }) {
  const shown = drawn.jobs[job];
  if (shown === undefined) return null;
  const x = (layout.places[2 * job] ?? 0) - view.x;
  const y = (layout.places[2 * job + 1] ?? 0) - view.y;
  const left = x * view.scale + size.width / 2;
  const below = (y + layout.node.height) * view.scale + size.height / 2 + 4;
  const isBelow = below + LABEL.height < size.height;
  return (
    <GraphNode
      job={shown}
      index={job}
      place={{
        x: Math.max(4, Math.min(left, size.width - LABEL.width - 4)),
        y: Math.max(4, isBelow ? below : below - LABEL.height - layout.node.height * view.scale - 8),
      }}
      isCurrent={job === current}
      class={job === current ? 'label' : 'label hovered'}
    />
  );
}
