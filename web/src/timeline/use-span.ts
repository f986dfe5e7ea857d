import { useEffect, useState } from 'preact/hooks';
import { useQuery } from '../query-state.ts';
import { readSpan, writeSpan, type Span } from './span.ts';

/** Milliseconds without a movement after which the address holds the span. */
const SETTLED_MS = 250;

/** Returns the part of the time that is shown: that of the address, or all of it. */
export function useSpan(whole: Span): readonly [Span, (span: Span) => void] {
  const [text, setText] = useQuery('span', '');
  const [moved, setMoved] = useState<Span | 'whole'>();
  useEffect(() => {
    if (moved === undefined) return;
    const timer = setTimeout(() => setText(moved === 'whole' ? '' : writeSpan(moved, whole)), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [moved]);
  const shown = moved === undefined ? readSpan(text, whole) : moved;
  const set = (span: Span) => setMoved(writeSpan(span, whole) === '' ? 'whole' : span);
  return [shown === undefined || shown === 'whole' ? whole : shown, set];
}
