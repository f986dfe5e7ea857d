import type { TimelineBar } from '../../protocol/index.ts';

/** An attempt that a runner took. */
interface Taken extends Pick<TimelineBar, 'startedAt' | 'finishedAt'> {
  readonly runner?: string;
}

interface Lanes {
  readonly lanes: { readonly runner: string }[];
  /** Index of the lane of each attempt; undefined for those that no runner took. */
  readonly of: readonly (number | undefined)[];
}

/**
 * Spreads attempts over as few lanes a runner as it takes for none to cover another; the first free one takes the next.
 */
export function assignLanes(runs: readonly Taken[]): Lanes {
  const byRunner = new Map<string, { ends: number[]; indexes: number[][] }>();
  const starts = runs.map(({ startedAt }) => (startedAt === undefined ? Number.NaN : Date.parse(startedAt)));
  const started = [...starts.keys()].filter((index) => !Number.isNaN(starts[index]));
  for (const index of started.toSorted((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0))) {
    const run = runs[index] as Taken;
    const start = starts[index] ?? 0;
    const runner = run.runner ?? '';
    const { ends, indexes } = byRunner.get(runner) ?? { ends: [], indexes: [] };
    byRunner.set(runner, { ends, indexes });
    const free = ends.findIndex((end) => end <= start);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = run.finishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(run.finishedAt);
    (indexes[lane] ??= []).push(index);
  }
  const lanes: { runner: string }[] = [];
  const of: (number | undefined)[] = runs.map(() => undefined);
  for (const [runner, { indexes }] of [...byRunner].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    for (const own of indexes) {
      for (const index of own) of[index] = lanes.length;
      lanes.push({ runner });
    }
  return { lanes, of };
}
