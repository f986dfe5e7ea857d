import { useLayoutEffect, useRef } from 'preact/hooks';
import { useInk } from '../parts/canvas-colours.ts';
import { paintGraph, type Painted } from './paint-graph.ts';
import type { Size, Viewport } from './viewport.ts';

interface CanvasOptions extends Painted {
  readonly view: Viewport;
  readonly size: Size;
}

/** The picture under the jobs. Screen readers have the jobs themselves, and the list. */
export function GraphCanvas({ view, size, ...painted }: CanvasOptions) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ink = useInk();
  const { layout, drawn, current, matches, hasElements } = painted;
  useLayoutEffect(() => {
    if (canvas.current !== null) paintGraph(canvas.current, painted, { view, size, ink });
  }, [view.x, view.y, view.scale, size, layout, drawn, current, matches, hasElements, ink]);
  return <canvas ref={canvas} class="graph-picture" aria-hidden="true" />;
}
