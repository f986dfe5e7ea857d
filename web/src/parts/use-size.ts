import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Returns the size of an element's content in pixels, and keeps it up to date; undefined before it is known. */
export function useSize(element: RefObject<HTMLElement | null>): DOMRectReadOnly | undefined {
  const [size, setSize] = useState<DOMRectReadOnly>();
  useLayoutEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => setSize(entry?.contentRect));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return size;
}
