import type { Box, GraphLayout } from './graph-layout.ts';

/** The part of the graph that is shown: the point in its middle, and the size of things on the screen to their own. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Of the element that shows the graph, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEAST = 0.01;
const MOST = 2.5;
const MARGIN = 16;

/** Shows all of the graph, no larger than it is. */
export function fitted({ width, height }: Size, size: Size): Viewport {
  const scale = Math.min(1, (size.width - MARGIN) / width, (size.height - MARGIN) / height);
  return { x: width / 2, y: height / 2, scale: bounded(scale) };
}

/** Zooms in (`factor` above 1) or out. The point at `at`, in pixels from the middle of the view, stays where it is. */
export function zoomed(
  { x, y, scale }: Viewport,
  factor: number,
  at: { x: number; y: number } = { x: 0, y: 0 },
): Viewport {
  const next = bounded(scale * factor);
  const moved = 1 / scale - 1 / next;
  return { x: x + at.x * moved, y: y + at.y * moved, scale: next };
}

/** At this scale and above names can be read, and jobs are large enough to be touched. */
export const READABLE = 0.6;
/** Graphs with more jobs are shown whole at first, as a map. */
const MOST_READ = 300;
const FIRST_SCALE = 0.75;

/** What is shown at first: all that can be read at once, or else the part around the most urgent job. */
export function firstView(layout: GraphLayout, size: Size, urgent: number | undefined): Viewport {
  const whole = fitted(layout, size);
  if (whole.scale >= READABLE || layout.places.length > 2 * MOST_READ) return whole;
  if (urgent !== undefined) return { ...centred(layout, urgent, FIRST_SCALE), scale: FIRST_SCALE };
  const y = layout.height * FIRST_SCALE < size.height ? layout.height / 2 : size.height / 2 / FIRST_SCALE;
  return { x: (size.width / 2 - MARGIN) / FIRST_SCALE, y, scale: FIRST_SCALE };
}

/** The scale of what is shown at first in a view of this width, if that is high enough. */
export function firstScale({ width, places }: GraphLayout, available: number): number {
  const scale = Math.min(1, (available - MARGIN) / width);
  return scale >= READABLE || places.length > 2 * MOST_READ ? scale : FIRST_SCALE;
}

/** Moves the graph under the view, by pixels of the screen. The middle of the view stays inside of the graph. */
export function panned({ x, y, scale }: Viewport, by: { x: number; y: number }, { width, height }: Size): Viewport {
  return { x: within(x - by.x / scale, width), y: within(y - by.y / scale, height), scale };
}

/** Returns the part of the graph that is in view. */
export function visibleBox({ x, y, scale }: Viewport, size: Size): Box {
  const [width, height] = [size.width / scale, size.height / scale];
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** Shows a job in the middle, at a size at which it can be read. */
export function centred({ places, node }: GraphLayout, job: number, scale: number): Viewport {
  return {
    x: (places[2 * job] ?? 0) + node.width / 2,
    y: (places[2 * job + 1] ?? 0) + node.height / 2,
    scale: Math.max(scale, 1),
  };
}

/** Moves the view as little as it takes to show a job whole. */
export function revealed(view: Viewport, { places, node }: GraphLayout, { job, size }: { job: number; size: Size }) {
  const box = visibleBox(view, size);
  const across = { start: places[2 * job] ?? 0, length: node.width };
  const down = { start: places[2 * job + 1] ?? 0, length: node.height };
  const margin = MARGIN / view.scale;
  return {
    ...view,
    x: view.x + shiftTo(across, { start: box.x, length: box.width }, margin),
    y: view.y + shiftTo(down, { start: box.y, length: box.height }, margin),
  };
}

interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Returns by how much a view is moved so that something is inside of it. */
function shiftTo(what: Stretch, view: Stretch, most: number): number {
  const margin = Math.min(most, Math.max(0, (view.length - what.length) / 2));
  const before = what.start - view.start - margin;
  return before < 0 ? before : Math.max(0, what.start + what.length + margin - view.start - view.length);
}

/** As the address holds it: `1200,340,0.5`. */
export function writeViewport({ x, y, scale }: Viewport): string {
  return `${Math.round(x)},${Math.round(y)},${Number(scale.toPrecision(3))}`;
}

/** Undefined for anything else than `writeViewport` returns. */
export function readViewport(text: string): Viewport | undefined {
  const numbers = text.split(',').map(Number);
  const [x, y, scale] = numbers;
  if (x === undefined || y === undefined || scale === undefined) return undefined;
  return numbers.length === 3 && numbers.every(Number.isFinite) && scale > 0
    ? { x, y, scale: bounded(scale) }
    : undefined;
}

function bounded(scale: number): number {
  return Math.min(MOST, Math.max(LEAST, scale));
}

function within(value: number, length: number): number {
  return Math.min(length, Math.max(0, value));
}
