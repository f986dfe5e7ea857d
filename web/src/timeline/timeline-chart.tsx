import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Timeline } from '../../../src/protocol/index.ts';
import { useGestures } from '../graph/use-gestures.ts';
import { useInk } from '../parts/canvas-colours.ts';
import { useSize } from '../parts/use-size.ts';
import { barBeside, drawnTimeline, type DrawnBar } from './drawn-bars.ts';
import { BarLabel } from './bar-label.tsx';
import { paintTimeline } from './paint-timeline.ts';
import { TimelineTools } from './timeline-tools.tsx';
import { ROOM, barUnder, laneTop } from './timeline-scene.ts';
import { useSpan } from './use-span.ts';
import { within, zoomedSpan } from './span.ts';

/** Of the window's height. */
const MOST_HEIGHT = 0.6;

/** Lanes with a bar for each attempt, painted, with a link for the one that the pointer or the arrow keys are at. */
export function TimelineChart({ timeline }: { timeline: Timeline }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width = 1000, height = 200 } = useSize(box) ?? {};
  const ink = useInk();
  const [top, setTop] = useState(0);
  const drawn = useMemo(() => drawnTimeline(timeline), [timeline]);
  const whole = useMemo(() => wholeOf(timeline), [timeline]);
  const [span, setSpan] = useSpan(whole);
  const [chosen, choose] = useState<string>();
  const bars = drawn.lanes.flat();
  const current = bars.find(({ bar }) => bar.job === chosen) ?? drawn.critical[0] ?? bars[0];
  const runners = timeline.lanes.map(({ runner }) => runner);
  const bound = Date.parse(timeline.from) + timeline.bound.seconds * 1000;
  const painted = { drawn, runners, whole, span, bound, current };
  const scale = (width - ROOM.names) / (span.to - span.from);
  useLayoutEffect(() => {
    if (canvas.current !== null) paintTimeline(canvas.current, painted, { ink, size: { width, height }, top });
  }, [drawn, span.from, span.to, bound, current, ink, width, height, top]);
  const zoom = (factor: number, share?: number) => setSpan(zoomedSpan(span, factor, { whole, share }));
  useGestures(box, {
    pan: ({ x }) => setSpan(within({ from: span.from - x / scale, to: span.to - x / scale }, whole)),
    zoom: (factor, { x }) => zoom(factor, (x + width / 2 - ROOM.names) / (width - ROOM.names)),
  });
  const show = (bar: DrawnBar) => {
    choose(bar.bar.job);
    const length = span.to - span.from;
    if (bar.from < span.from || bar.from > span.to)
      setSpan(within({ from: bar.from - length / 3, to: bar.from + (2 * length) / 3 }, whole));
    const y = laneTop(bar.lane, 0);
    if (y < top + ROOM.axis + ROOM.waiting || y + ROOM.lane > top + height)
      box.current?.scrollTo({ top: y - height / 2 });
  };
  const press = (event: KeyboardEvent) => {
    if (current === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith('Arrow')) show(barBeside(drawn, current, event.key));
    else if (event.key === '+' || event.key === '=') zoom(1.5);
    else if (event.key === '-') zoom(1 / 1.5);
    else if (event.key === '0') setSpan(whole);
    else return;
    event.preventDefault();
  };
  const total = ROOM.axis + ROOM.waiting + drawn.lanes.length * ROOM.lane + 6;
  return (
    <>
      <TimelineTools zoom={zoom} fit={() => setSpan(whole)} />
      <div
        ref={box}
        class="timeline-box"
        role="application"
        aria-label={`Timeline of ${timeline.bars.length.toLocaleString()} jobs`}
        style={{ height: `${Math.round(Math.min(total, innerHeight * MOST_HEIGHT))}px` }}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        onKeyDown={press}
        onPointerMove={(event) => {
          const bar = barUnder(event, { drawn, span, scale, box: box.current });
          if (bar !== undefined && bar.bar.job !== chosen) choose(bar.bar.job);
        }}
      >
        <div class="timeline-space" style={{ height: `${total}px` }}>
          <canvas ref={canvas} class="timeline-picture" style={{ height: `${height}px` }} aria-hidden="true" />
          {current !== undefined && (
            <BarLabel bar={current} place={{ x: ROOM.names + (current.from - span.from) * scale, width, total }} />
          )}
        </div>
      </div>
    </>
  );
}

/** A moment more than the pipeline took, so that its end is seen. */
function wholeOf({ from, to, bound }: Timeline) {
  const start = Date.parse(from);
  const end = Math.max(Date.parse(to), start + bound.seconds * 1000, start + 1000);
  return { from: start, to: end + (end - start) * 0.02 };
}
