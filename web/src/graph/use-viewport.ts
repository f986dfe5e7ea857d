import { useEffect, useState } from 'preact/hooks';
import { useQuery } from '../query-state.ts';
import { readViewport, writeViewport, type Viewport } from './viewport.ts';

/** Milliseconds without a movement after which the address holds the view. */
const SETTLED_MS = 250;

/** Returns the part of a graph that is shown: that of the address, or the first one. */
export function useViewport(first: Viewport): readonly [Viewport, (view: Viewport) => void] {
  const [text, setText] = useQuery('view', '');
  const [moved, set] = useState<Viewport>();
  useEffect(() => {
    if (moved === undefined) return;
    const timer = setTimeout(() => setText(writeViewport(moved)), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [moved]);
  return [moved ?? readViewport(text) ?? first, set];
}
