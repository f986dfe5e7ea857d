import { nodeName } from '../graph/graph-layout.ts';
import { brushOf, lookColours, urgentLooks } from '../parts/canvas-colours.ts';
import { jobLook } from '../parts/status.tsx';
import { firstAfter, type DrawnBar } from './drawn-bars.ts';
import { paintAxis, paintBound, paintWaiting } from './paint-axis.ts';
import { ROOM, hatch, laneTop, type PaintedTimeline, type Place, type Scene } from './timeline-scene.ts';

/** A bar with less width has no name. */
const NAMED = 46;
/** One with less shows no transfers. */
const DETAILED = 8;

type Shown = Pick<Scene, 'ink' | 'size' | 'top'>;

export function paintTimeline(canvas: HTMLCanvasElement, painted: PaintedTimeline, shown: Shown): void {
  const brush = brushOf(canvas, shown.size);
  if (brush === undefined) return;
  const { span } = painted;
  const scale = (shown.size.width - ROOM.names) / (span.to - span.from);
  const scene = { ...painted, ...shown, brush, x: (at: number) => ROOM.names + (at - span.from) * scale };
  brush.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  brush.textBaseline = 'middle';
  brush.save();
  brush.beginPath();
  brush.rect(ROOM.names, ROOM.axis + ROOM.waiting, shown.size.width, shown.size.height);
  brush.clip();
  const first = Math.max(0, Math.floor(shown.top / ROOM.lane));
  const last = Math.ceil((shown.top + shown.size.height) / ROOM.lane);
  for (let lane = first; lane < Math.min(last, painted.drawn.lanes.length); lane++) paintLane(scene, lane);
  paintPath(scene);
  paintBound(scene);
  brush.restore();
  paintNames(scene);
  paintAxis(scene);
  paintWaiting(scene);
}

function paintLane(scene: Scene, lane: number): void {
  const { drawn, span } = scene;
  const bars = drawn.lanes[lane] ?? [];
  // Bars of a lane do not cover each other: one before the first that starts inside may reach into the span.
  const shown = bars.slice(Math.max(0, firstAfter(bars, span.from) - 1), firstAfter(bars, span.to));
  for (const bar of shown) if (!urgentLooks.has(jobLook(bar.bar))) paintBar(scene, bar);
  for (const bar of shown) if (urgentLooks.has(jobLook(bar.bar))) paintBar(scene, bar);
}

function paintBar(scene: Scene, bar: DrawnBar): void {
  const { brush, ink, x, top, current } = scene;
  const look = jobLook(bar.bar);
  const [name, alpha] = lookColours[look];
  const [left, y] = [x(bar.from), laneTop(bar.lane, top)];
  const width = Math.max(urgentLooks.has(look) ? 3 : 1, x(bar.to) - left - 0.5);
  hatch(scene, {
    left: x(bar === current ? Date.parse(bar.bar.queuedAt ?? '') || bar.from : bar.waitedFrom),
    right: left,
    y,
  });
  brush.globalAlpha = alpha;
  brush.fillStyle = ink(name);
  brush.fillRect(left, y, width, ROOM.bar);
  brush.globalAlpha = 0.45;
  brush.fillStyle = ink('--ink');
  const scale = (x(bar.to) - left) / Math.max(1, bar.to - bar.from);
  for (const { at, seconds } of width < DETAILED ? [] : (bar.bar.parts ?? []))
    brush.fillRect(left + at * 1000 * scale, y + ROOM.bar - 5, Math.max(0.5, seconds * 1000 * scale), 5);
  brush.globalAlpha = 1;
  if (width >= NAMED)
    paintName(scene, { text: nodeName(bar.bar.name), left: Math.max(left, ROOM.names), y, right: left + width });
  if (bar !== current) return;
  brush.strokeStyle = ink('--ink');
  brush.lineWidth = 2;
  brush.strokeRect(left - 1, y - 1, width + 2, ROOM.bar + 2);
}

function paintName({ brush, ink }: Scene, { text, left, right, y }: Place & { text: string }): void {
  const room = right - left - 10;
  if (room < NAMED - 10) return;
  brush.save();
  brush.beginPath();
  brush.rect(left, y, right - left, ROOM.bar);
  brush.clip();
  const width = Math.min(room, brush.measureText(text).width) + 8;
  brush.globalAlpha = 0.85;
  brush.fillStyle = ink('--sheet');
  brush.fillRect(left + 2, y + 2, width, ROOM.bar - 8);
  brush.globalAlpha = 1;
  brush.fillStyle = ink('--ink');
  brush.fillText(text, left + 6, y + ROOM.bar / 2 - 2);
  brush.restore();
}

/** The critical path: a frame around each of its jobs, and a line from the end of each to the start of the next. */
function paintPath({ drawn, brush, ink, x, top }: Scene): void {
  brush.strokeStyle = ink('--accent');
  brush.lineWidth = 2;
  brush.beginPath();
  for (const [index, bar] of drawn.critical.entries()) {
    const y = laneTop(bar.lane, top);
    brush.rect(x(bar.from), y, Math.max(2, x(bar.to) - x(bar.from)), ROOM.bar);
    const next = drawn.critical[index + 1];
    if (next === undefined) continue;
    brush.moveTo(x(bar.to), y + ROOM.bar / 2);
    brush.lineTo(x(next.from), laneTop(next.lane, top) + ROOM.bar / 2);
  }
  brush.stroke();
}

/** The name of each runner beside the first of its lanes, and the numbers of the others. */
function paintNames({ runners, brush, ink, size, top }: Scene): void {
  brush.save();
  brush.beginPath();
  brush.rect(0, ROOM.axis + ROOM.waiting, ROOM.names - 8, size.height);
  brush.clip();
  let first = 0;
  for (const [lane, runner] of runners.entries()) {
    if (runner !== runners[lane - 1]) first = lane;
    brush.fillStyle = ink(first === lane ? '--ink' : '--faint');
    brush.fillText(
      first === lane ? runner : `${lane - first + 1}`,
      first === lane ? 8 : 16,
      laneTop(lane, top) + ROOM.bar / 2,
    );
  }
  brush.restore();
}
