import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { theme } from '../theme.ts';
import { paintGraph, readColours, type Painted } from './paint-graph.ts';
import type { Size, Viewport } from './viewport.ts';

interface CanvasOptions extends Painted {
  readonly view: Viewport;
  readonly size: Size;
}

/** The picture under the jobs. Screen readers have the jobs themselves, and the list. */
export function GraphCanvas({ view, size, ...painted }: CanvasOptions) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useDarkScheme();
  const ink = useMemo(readColours, [isDark, theme.value]);
  const { layout, drawn, current, matches, hasElements } = painted;
  useLayoutEffect(() => {
    if (canvas.current !== null) paintGraph(canvas.current, painted, { view, size, ink });
  }, [view.x, view.y, view.scale, size, layout, drawn, current, matches, hasElements, ink]);
  return <canvas ref={canvas} class="graph-picture" aria-hidden="true" />;
}

/** Whether the system asks for dark colours; a canvas does not change its colours by itself. */
function useDarkScheme(): boolean {
  const [query] = useState(() => matchMedia('(prefers-color-scheme: dark)'));
  const [isDark, setDark] = useState(query.matches);
  useLayoutEffect(() => {
    const change = () => setDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return isDark;
}
