import type { LineList } from './graph-layout.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  /** Indexes of jobs; -1 for anything else. */
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

/** Packs lines, so that a worker can hand over thousands at once. */
export function lineList(lines: readonly Line[]): LineList {
  const starts = new Int32Array(lines.length + 1);
  for (const [index, { points }] of lines.entries()) starts[index + 1] = (starts[index] ?? 0) + points.length;
  return {
    ends: Int32Array.from(lines.flatMap(({ from, to }) => [from, to])),
    starts,
    points: Float32Array.from(lines.flatMap(({ points }) => points.flatMap(({ x, y }) => [x, y]))),
  };
}
