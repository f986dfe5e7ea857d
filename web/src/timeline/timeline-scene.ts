import type { Ink } from '../parts/canvas-colours.ts';
import { barAt, type DrawnBar, type DrawnTimeline } from './drawn-bars.ts';
import type { Span } from './span.ts';

/** Pixels: heights of the axis, of the number of waiting jobs and of a lane, and the width of the names of runners. */
export const ROOM = { axis: 22, waiting: 40, lane: 24, bar: 18, names: 110 } as const;
export interface PaintedTimeline {
  readonly drawn: DrawnTimeline;
  /** Name of the runner of each lane. */
  readonly runners: readonly string[];
  readonly whole: Span;
  readonly span: Span;
  /** When the jobs can have ended at the earliest, in milliseconds since 1970. */
  readonly bound: number;
  readonly current: DrawnBar | undefined;
}

export interface Scene extends PaintedTimeline {
  readonly brush: CanvasRenderingContext2D;
  readonly ink: Ink;
  readonly size: { readonly width: number; readonly height: number };
  /** Pixels by which the lanes are scrolled. */
  readonly top: number;
  /** Returns the place of a moment. */
  x(at: number): number;
}

/** Returns the upper edge of the bars of a lane. */
export function laneTop(lane: number, top: number): number {
  return ROOM.axis + ROOM.waiting + lane * ROOM.lane + (ROOM.lane - ROOM.bar) / 2 - top;
}

export interface Place {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** Draws waiting as slanted lines. */
export function hatch({ brush, ink }: Scene, { left, right, y, height = ROOM.bar }: Place & { height?: number }): void {
  if (right - left < 1) return;
  brush.save();
  brush.beginPath();
  brush.rect(left, y, right - left, height);
  brush.clip();
  brush.strokeStyle = ink('--pending');
  brush.globalAlpha = 0.7;
  brush.lineWidth = 1;
  brush.beginPath();
  const start = Math.max(left, ROOM.names) - height;
  for (let x = start - (start % 6); x < Math.min(right, brush.canvas.width); x += 6) {
    brush.moveTo(x, y + height);
    brush.lineTo(x + height, y);
  }
  brush.stroke();
  brush.restore();
}

/** Pixels beside a bar at which the pointer still finds it. */
const REACH = 5;

interface Under {
  readonly drawn: DrawnTimeline;
  readonly span: Span;
  /** Pixels of a millisecond. */
  readonly scale: number;
  /** The element that scrolls. */
  readonly box: HTMLElement | null;
}

/** Returns the bar under the pointer. */
export function barUnder(
  { target, clientX, clientY }: MouseEvent,
  { drawn, span, scale, box }: Under,
): DrawnBar | undefined {
  if (box === null || !(target instanceof HTMLCanvasElement)) return undefined;
  const { left, top } = box.getBoundingClientRect();
  const y = clientY - top - ROOM.axis - ROOM.waiting;
  if (y < 0) return undefined;
  const lane = drawn.lanes[Math.floor((y + box.scrollTop) / ROOM.lane)] ?? [];
  return barAt(lane, span.from + (clientX - left - ROOM.names) / scale, REACH / scale);
}
