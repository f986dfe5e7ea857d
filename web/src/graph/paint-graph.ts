import { brushOf, lookColours, urgentLooks, type Ink } from '../parts/canvas-colours.ts';
import type { DrawnJobs } from './drawn-jobs.ts';
import type { Box, GraphLayout } from './graph-layout.ts';
import type { NodeIndex } from './node-index.ts';
import { visibleBox, type Size, type Viewport } from './viewport.ts';

/** What is painted, apart from the jobs that are elements. */
export interface Painted {
  readonly layout: GraphLayout;
  readonly index: NodeIndex;
  readonly drawn: DrawnJobs;
  /** The job whose lines are drawn strong. */
  readonly current: number;
  /** Jobs that a search found; all others are faint. */
  readonly matches: ReadonlySet<number> | undefined;
  /** Whether jobs are elements over the picture. */
  readonly hasElements: boolean;
}

/** With more lines in view only those of the critical path and of the current job are drawn: the others are a blur. */
const MOST_LINES = 2500;
/** With more lines in view they are fainter. */
const STRONG_LINES = 150;
/** The least height of a job that asks for attention, in pixels of the screen. */
const LEAST_HEIGHT = 5;

interface Shown {
  readonly view: Viewport;
  readonly size: Size;
  readonly ink: Ink;
}

/** Paints frames, lines and, unless they are elements, jobs. */
export function paintGraph(canvas: HTMLCanvasElement, painted: Painted, { view, size, ink }: Shown) {
  const brush = brushOf(canvas, size);
  if (brush === undefined) return;
  const box = visibleBox(view, size);
  brush.scale(view.scale, view.scale);
  brush.translate(-box.x, -box.y);
  const scene = { ...painted, brush, ink, box, pixel: 1 / view.scale };
  paintFrames(scene);
  paintLines(scene);
  if (!painted.hasElements) paintNodes(scene);
}

interface Scene extends Painted {
  readonly brush: CanvasRenderingContext2D;
  readonly ink: Ink;
  readonly box: Box;
  /** Length of a pixel of the screen. */
  readonly pixel: number;
}

function paintFrames({ layout, brush, ink, pixel }: Scene): void {
  for (const { box } of layout.frames) {
    brush.globalAlpha = 0.4;
    brush.fillStyle = ink('--accent-soft');
    brush.fillRect(box.x, box.y, box.width, box.height);
    brush.globalAlpha = 1;
    brush.lineWidth = pixel;
    brush.strokeStyle = ink('--line');
    brush.setLineDash([4 * pixel, 3 * pixel]);
    brush.strokeRect(box.x, box.y, box.width, box.height);
  }
  brush.setLineDash([]);
}

function paintLines(scene: Scene): void {
  const { layout, brush, ink, pixel, drawn, current } = scene;
  const { ends } = layout.lines;
  const seen = visibleLines(scene);
  const isOf = (line: number, kind: (job: number) => boolean) =>
    kind(ends[2 * line] ?? -1) && kind(ends[2 * line + 1] ?? -1);
  const critical = seen.filter((line) => isOf(line, (job) => drawn.critical.has(job)));
  const own = seen.filter((line) => ends[2 * line] === current || ends[2 * line + 1] === current);
  const stroke = (lines: readonly number[], [name, alpha, width]: readonly [string, number, number]) => {
    brush.globalAlpha = alpha;
    brush.strokeStyle = ink(name);
    brush.lineWidth = width * pixel;
    brush.beginPath();
    for (const line of lines) traceLine(scene, line);
    brush.stroke();
  };
  if (seen.length <= MOST_LINES)
    stroke(seen, ['--quiet', 0.5 * Math.min(1, Math.max(0.25, STRONG_LINES / seen.length)), 1]);
  stroke(critical, ['--accent', 0.9, 2.5]);
  stroke(own, ['--ink', 0.8, 1.5]);
  brush.globalAlpha = 1;
}

function visibleLines({ layout: { lines }, box }: Scene): readonly number[] {
  const { starts, points } = lines;
  const found: number[] = [];
  for (let line = 0; line + 1 < starts.length; line++) {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let point = starts[line] ?? 0; point < (starts[line + 1] ?? 0); point++) {
      const [x, y] = [points[2 * point] ?? 0, points[2 * point + 1] ?? 0];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    if (left <= box.x + box.width && right >= box.x && top <= box.y + box.height && bottom >= box.y) found.push(line);
  }
  return found;
}

/** Adds a line that is horizontal at every point. */
function traceLine({ layout: { lines }, brush }: Scene, line: number): void {
  const { starts, points } = lines;
  let point = starts[line] ?? 0;
  let [x, y] = [points[2 * point] ?? 0, points[2 * point + 1] ?? 0];
  brush.moveTo(x, y);
  for (point += 1; point < (starts[line + 1] ?? 0); point++) {
    const [nextX, nextY] = [points[2 * point] ?? 0, points[2 * point + 1] ?? 0];
    const middle = (x + nextX) / 2;
    brush.bezierCurveTo(middle, y, middle, nextY, nextX, nextY);
    [x, y] = [nextX, nextY];
  }
}

function paintNodes(scene: Scene): void {
  const { drawn, index, box, brush, layout, pixel, ink, matches } = scene;
  const seen = index.within(box);
  const isUrgent = (job: number) => urgentLooks.has(drawn.looks[job] ?? 'quiet') || matches?.has(job) === true;
  const paint = (job: number, height: number) => {
    const [name, alpha] = lookColours[drawn.looks[job] ?? 'quiet'];
    brush.globalAlpha = matches?.has(job) === false ? alpha * 0.25 : alpha;
    brush.fillStyle = ink(name);
    const { width } = layout.node;
    const [left, top] = [layout.places[2 * job] ?? 0, layout.places[2 * job + 1] ?? 0];
    brush.fillRect(left, top + (layout.node.height - height) / 2, width, height);
    if (!drawn.critical.has(job)) return;
    brush.globalAlpha = 1;
    brush.lineWidth = 2 * pixel;
    brush.strokeStyle = ink('--accent');
    brush.strokeRect(left, top, width, layout.node.height);
  };
  for (const job of seen) if (!isUrgent(job)) paint(job, layout.node.height);
  for (const job of seen) if (isUrgent(job)) paint(job, Math.max(layout.node.height, LEAST_HEIGHT * pixel));
  brush.globalAlpha = 1;
}
