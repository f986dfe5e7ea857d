import { useEffect } from 'preact/hooks';
import { refresh } from './live.ts';

/** Loads what the page shows again at an interval, for changes that no event reports. */
export function useRefresh(milliseconds: number): void {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && refresh(), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}
