import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface LogKeys {
  readonly box: RefObject<HTMLElement | null>;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly move: (direction: 1 | -1) => void;
}

/** `/` leads to the search, `n` and `N` to the next and the previous hit, while nothing else has the focus. */
export function useLogKeys(keys: LogKeys): void {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { box, field, move } = newest.current;
      if (event.ctrlKey || event.metaKey || event.altKey || !isFree(event.target, box.current)) return;
      if (event.key === '/') field.current?.focus();
      else if (event.key === 'n' || event.key === 'N') move(event.key === 'n' ? 1 : -1);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}

function isFree(target: EventTarget | null, box: HTMLElement | null): boolean {
  return target === document.body || (target instanceof Node && box !== null && box.contains(target));
}
