import type { Timeline, TimelineBar } from '../../../src/protocol/index.ts';

/** A bar as it is painted. Times are milliseconds since 1970. */
export interface DrawnBar {
  readonly bar: TimelineBar;
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  /** Since when it waited, as far as nothing else ran in its lane. */
  readonly waitedFrom: number;
}

export interface DrawnTimeline {
  /** By lane, and in each by time. */
  readonly lanes: readonly (readonly DrawnBar[])[];
  /** How many jobs wait from a moment on. */
  readonly waiting: readonly { readonly at: number; readonly count: number }[];
  /** The jobs of the critical path that have started, in their order. */
  readonly critical: readonly DrawnBar[];
}

export function drawnTimeline({ bars, lanes, to, critical }: Timeline): DrawnTimeline {
  const end = Date.parse(to);
  const drawn: DrawnBar[][] = lanes.map(() => []);
  const byJob = new Map<string, DrawnBar>();
  for (const bar of bars) {
    const { lane, startedAt, finishedAt, queuedAt } = bar;
    const own = drawn[lane ?? -1];
    if (own === undefined || lane === undefined || startedAt === undefined) continue;
    const from = Date.parse(startedAt);
    const before = own.at(-1)?.to ?? 0;
    const waitedFrom = Math.min(from, Math.max(before, queuedAt === undefined ? from : Date.parse(queuedAt)));
    const one = { bar, lane, from, to: finishedAt === undefined ? end : Date.parse(finishedAt), waitedFrom };
    own.push(one);
    byJob.set(bar.job, one);
  }
  return {
    lanes: drawn,
    waiting: waitingJobs(bars, end),
    critical: critical.jobs.flatMap(({ job }) => byJob.get(job) ?? []),
  };
}

function waitingJobs(bars: readonly TimelineBar[], end: number): DrawnTimeline['waiting'] {
  const changes = bars.flatMap(({ queuedAt, startedAt, finishedAt }) => {
    if (queuedAt === undefined) return [];
    const until = startedAt ?? finishedAt;
    return [[Date.parse(queuedAt), 1] as const, [until === undefined ? end : Date.parse(until), -1] as const];
  });
  let count = 0;
  const steps: { at: number; count: number }[] = [];
  for (const [at, change] of changes.toSorted(([one], [other]) => one - other)) {
    count += change;
    const last = steps.at(-1);
    if (last?.at === at) last.count = count;
    else steps.push({ at, count });
  }
  return steps;
}

/** Returns the bar of a lane that is at a moment, or nearer to it than `reach`. */
export function barAt(bars: readonly DrawnBar[], at: number, reach: number): DrawnBar | undefined {
  const next = firstAfter(bars, at);
  const near = [bars[next - 1], bars[next]].filter((one) => one !== undefined);
  const distance = ({ from, to }: DrawnBar) => Math.max(0, from - at, at - to);
  const [nearest] = near.toSorted((one, other) => distance(one) - distance(other));
  return nearest !== undefined && distance(nearest) <= reach ? nearest : undefined;
}

/** Returns the index of the first bar that starts after a moment. */
export function firstAfter(bars: readonly DrawnBar[], at: number): number {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as DrawnBar).from <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the bar that an arrow key leads to: the next one of the lane, or the one at that time in the next lane. */
export function barBeside({ lanes }: DrawnTimeline, bar: DrawnBar, key: string): DrawnBar {
  const own = lanes[bar.lane] ?? [];
  const index = own.indexOf(bar);
  if (key === 'ArrowLeft') return own[index - 1] ?? bar;
  if (key === 'ArrowRight') return own[index + 1] ?? bar;
  const other = lanes[bar.lane + (key === 'ArrowUp' ? -1 : 1)] ?? [];
  return barAt(other, (bar.from + bar.to) / 2, Number.POSITIVE_INFINITY) ?? bar;
}
