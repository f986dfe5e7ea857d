import { useRef } from 'preact/hooks';

/** Returns a value, or the last one while there is none: what was shown stays until its successor is loaded. */
export function useKept<T>(value: T | undefined): T | undefined {
  const kept = useRef(value);
  if (value !== undefined) kept.current = value;
  return kept.current;
}
