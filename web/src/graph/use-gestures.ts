import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Point } from './line-list.ts';

interface Gestures {
  /** By pixels of the screen. */
  pan(by: Point): void;
  /** `at` in pixels from the middle of the element. */
  zoom(factor: number, at: Point): void;
}

/** Pixels that a pointer moves before it drags. */
const SLACK = 4;

/**
 * Moves and zooms what an element shows: dragging with one pointer, pinching with two, the wheel with Ctrl (which is
 * also how a browser reports pinching on a touchpad). A click that ends a drag follows no link.
 */
export function useGestures(element: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const latest = useRef(gestures);
  latest.current = gestures;
  useEffect(() => {
    if (element.current === null) return;
    const stopped = new AbortController();
    listen(element.current, { on: () => latest.current, signal: stopped.signal });
    return () => stopped.abort();
  }, []);
}

function listen(box: HTMLElement, { on, signal }: { on: () => Gestures; signal: AbortSignal }): void {
  const pointers = new Map<number, Point>();
  let travelled = 0;
  const fromMiddle = ({ x, y }: Point): Point => {
    const { left, top, width, height } = box.getBoundingClientRect();
    return { x: x - left - width / 2, y: y - top - height / 2 };
  };
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    on().zoom(Math.exp(-event.deltaY * lines * 0.005), fromMiddle({ x: event.clientX, y: event.clientY }));
  };
  const move = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (travelled < SLACK) return;
    if (!box.hasPointerCapture(event.pointerId)) box.setPointerCapture(event.pointerId);
    const [other] = [...pointers].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    pointers.set(event.pointerId, now);
    if (other === undefined) return on().pan({ x: now.x - before.x, y: now.y - before.y });
    const distance = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    on().zoom(distance(now) / distance(before), fromMiddle(middle));
    on().pan({ x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 });
  };
  const lift = (event: PointerEvent) => void pointers.delete(event.pointerId);
  box.addEventListener('wheel', wheel, { signal, passive: false });
  box.addEventListener('pointermove', move, { signal });
  box.addEventListener('pointerup', lift, { signal });
  box.addEventListener('pointercancel', lift, { signal });
  box.addEventListener('pointerleave', lift, { signal });
  box.addEventListener('dragstart', (event) => event.preventDefault(), { signal });
  box.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      if (pointers.size === 0) travelled = 0;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    { signal },
  );
  box.addEventListener(
    'click',
    (event) => {
      if (travelled < SLACK) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal, capture: true },
  );
}
