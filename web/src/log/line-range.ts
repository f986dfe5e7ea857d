/** Lines that an address marks, both included; they count from 1. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** Reads `#L10` and `#L10-L20`; undefined for any other fragment. */
export function readLineRange(fragment: string): LineRange | undefined {
  const [, first, last = first] = /^#L(\d{1,12})(?:-L?(\d{1,12}))?$/.exec(fragment) ?? [];
  if (first === undefined || Number(first) === 0) return undefined;
  return { first: Math.min(Number(first), Number(last)), last: Math.max(Number(first), Number(last)) };
}

export function lineFragment({ first, last }: LineRange): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`;
}

/** Returns the lines between what is marked and a line. */
export function extendRange(marked: LineRange | undefined, line: number): LineRange {
  if (marked === undefined) return { first: line, last: line };
  return line < marked.first ? { first: line, last: marked.last } : { first: marked.first, last: line };
}

export function isInRange(marked: LineRange | undefined, line: number): boolean {
  return marked !== undefined && marked.first <= line && line <= marked.last;
}
