import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { theme } from '../theme.ts';
import type { jobLook } from './status.tsx';

type Look = ReturnType<typeof jobLook>;

/** Returns the colour that a custom property of the style sheet has. */
export type Ink = (name: string) => string;

/** Custom properties of the colours of jobs, and how strong they are. */
export const lookColours: Readonly<Record<Look, readonly [name: string, alpha: number]>> = {
  success: ['--success', 0.6],
  failed: ['--failed', 1],
  warning: ['--pending', 0.9],
  running: ['--running', 1],
  pending: ['--pending', 0.6],
  quiet: ['--quiet', 0.4],
  manual: ['--accent', 0.6],
  canceled: ['--quiet', 0.7],
};

/** Looks that ask for attention: they are painted over all others, and never too small to see. */
export const urgentLooks: ReadonlySet<Look> = new Set(['failed', 'warning', 'running']);

/**
 * Reads the colours of the style sheet for a canvas, and again with another theme. They are not read for each picture:
 * while elements change, that takes long.
 */
export function useInk(): Ink {
  const [query] = useState(() => matchMedia('(prefers-color-scheme: dark)'));
  const [isDark, setDark] = useState(query.matches);
  useLayoutEffect(() => {
    const change = () => setDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return useMemo(readColours, [isDark, theme.value]);
}

function readColours(): Ink {
  const style = getComputedStyle(document.documentElement);
  const names = ['--accent', '--accent-soft', '--line', '--ink', '--faint', '--sheet', '--ground'];
  const all = [...names, ...Object.values(lookColours).map(([name]) => name)];
  const known = new Map(all.map((name) => [name, style.getPropertyValue(name)]));
  return (name) => known.get(name) ?? '';
}

/** Gives a canvas the pixels of the screen, and returns its brush, which counts in pixels of the style sheet. */
export function brushOf(
  canvas: HTMLCanvasElement,
  size: { readonly width: number; readonly height: number },
): CanvasRenderingContext2D | undefined {
  canvas.width = Math.round(size.width * devicePixelRatio);
  canvas.height = Math.round(size.height * devicePixelRatio);
  const brush = canvas.getContext('2d') ?? undefined;
  brush?.scale(devicePixelRatio, devicePixelRatio);
  return brush;
}
