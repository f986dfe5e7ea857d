import type { LogSection } from '../../../src/protocol/index.ts';
import type { RowHeights } from './row-heights.ts';

/** Lines `first` to `last` are folded away; disjoint and ascending. */
export interface Hidden {
  readonly first: number;
  readonly last: number;
}

/** What the folded sections hide: all but their headlines. A section inside of a folded one adds nothing. */
export function hiddenBy(
  sections: readonly LogSection[],
  isFolded: (section: LogSection) => boolean,
): readonly Hidden[] {
  const ranges = sections
    .filter((section) => section.last !== undefined && section.last > section.first && isFolded(section))
    .map(({ first, last = first }) => ({ first: first + 1, last }))
    .toSorted((a, b) => a.first - b.first);
  const merged: Hidden[] = [];
  for (const range of ranges) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return merged;
}

export function countRows(lines: number, hidden: readonly Hidden[]): number {
  return lines - hidden.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** The line in a row; rows count from 0, lines from 1. */
export function lineOfRow(row: number, hidden: readonly Hidden[]): number {
  let line = row + 1;
  for (const { first, last } of hidden) {
    if (first > line) break;
    line += last - first + 1;
  }
  return line;
}

/** The row of a line; of a hidden one, the row of its headline. */
export function rowOfLine(line: number, hidden: readonly Hidden[]): number {
  let row = line - 1;
  for (const { first, last } of hidden) {
    if (first > line) break;
    row -= Math.min(last, line) - first + 1;
  }
  return row;
}

/** Browsers draw no element that is higher than some 17 million pixels. */
export const MOST_PIXELS = 8_000_000;

/**
 * Which rows are in view, and where they are drawn; above the limit, one pixel of scrolling is more than one of text.
 */
export function visibleRows(scroll: { top: number; height: number }, heights: RowHeights) {
  const { rows } = heights;
  const height = Math.min(heights.height, MOST_PIXELS);
  const top = scroll.top * scaleOf(heights, scroll.height);
  const first = Math.max(0, Math.min(rows - 1, heights.rowAt(top)) - OVERSCAN);
  const last = Math.min(rows, heights.rowAt(top + scroll.height) + 1 + OVERSCAN);
  return { height, first, last, offset: scroll.top - (top - heights.topOf(first)) };
}

/** The scroll position that brings a row to the middle of a view of this height. */
export function scrollFor(row: number, height: number, heights: RowHeights): number {
  return Math.max(0, heights.topOf(row) - height / 2) / scaleOf(heights, height);
}

const OVERSCAN = 20;

/** Pixels of text for each pixel of scrolling. */
export function scaleOf(heights: RowHeights, height: number): number {
  return heights.height <= MOST_PIXELS ? 1 : (heights.height - height) / (MOST_PIXELS - height);
}
