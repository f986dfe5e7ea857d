/** The part of the time that is shown, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const SHORTEST_MS = 1000;
const TICK_PIXELS = 90;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** Shows less (`factor` above 1) or more time. The moment at this share of the span stays where it is. */
export function zoomedSpan(
  { from, to }: Span,
  factor: number,
  { whole, share = 0.5 }: { whole: Span; share?: number },
) {
  const length = Math.min(whole.to - whole.from, Math.max(SHORTEST_MS, (to - from) / factor));
  return within({ from: from + (to - from - length) * share, to: from + (to - from - length) * share + length }, whole);
}

/** Moves the span inside the whole. */
export function within({ from, to }: Span, whole: Span): Span {
  const start = Math.max(whole.from, Math.min(from, whole.to - (to - from)));
  return { from: start, to: Math.min(whole.to, start + (to - from)) };
}

/** As the address holds it: seconds after the beginning of the whole. */
export function writeSpan({ from, to }: Span, whole: Span): string {
  const seconds = (at: number) => Number(((at - whole.from) / 1000).toFixed(1));
  return from <= whole.from && to >= whole.to ? '' : `${seconds(from)}-${seconds(to)}`;
}

/** Undefined for anything else than `writeSpan` returns. */
export function readSpan(text: string, whole: Span): Span | undefined {
  const found = /^(\d{1,9}(?:\.\d)?)-(\d{1,9}(?:\.\d)?)$/.exec(text);
  if (found === null) return undefined;
  const [from, to] = [Number(found[1]), Number(found[2])].map((seconds) => whole.from + seconds * 1000);
  return from === undefined || to === undefined || to - from < SHORTEST_MS ? undefined : within({ from, to }, whole);
}

/** Returns the moments that the axis names, in seconds after the beginning of the whole. */
export function ticksOf({ from, to }: Span, whole: Span, width: number): readonly number[] {
  const most = Math.max(1, width / TICK_PIXELS);
  const step = STEPS.find((seconds) => (to - from) / 1000 / seconds <= most) ?? Math.ceil((to - from) / 1000 / most);
  const first = Math.ceil((from - whole.from) / 1000 / step);
  const count = Math.floor((to - whole.from) / 1000 / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}
