import type { BuildPlan } from '../plan-build.ts';

export interface TimeEstimate {
  /** Seconds until all is built, when this many jobs run at once. */
  readonly seconds: number;
  /** Seconds of all jobs together. */
  readonly work: number;
  /** The packages that keep the end from being earlier, first to last. */
  readonly criticalPath: readonly string[];
  /** How many packages have no time in the history: each counts as the median of those that have. */
  readonly unknown: number;
}

const WITHOUT_HISTORY = 60;

/** How long the builds of a plan take, by the times (seconds) that packages of these names took before. */
export function estimateTime(plan: BuildPlan, history: ReadonlyMap<string, number>, jobs: number): TimeEstimate {
  const builds = plan.decisions.filter((decision) => decision.build);
  const usual = median([...history.values()]) ?? WITHOUT_HISTORY;
  const duration = new Map(builds.map(({ hash, name }) => [hash, history.get(name) ?? usual]));
  const remaining = longestAfter(builds, duration);
  const ends = new Map<string, number>();
  const slots = Array.from({ length: Math.max(1, Math.min(jobs, builds.length)) }, () => 0);
  const waiting = new Set(builds);
  while (waiting.size > 0) {
    const ready = [...waiting].filter(({ needs }) => needs.every((need) => ends.has(need)));
    const start = (one: (typeof builds)[number]) =>
      Math.max(Math.min(...slots), ...one.needs.map((need) => ends.get(need) ?? 0));
    // As the engine does: of those that can start first, the one with the longest way behind it.
    const [next] = ready.toSorted(
      (a, b) => start(a) - start(b) || (remaining.get(b.hash) ?? 0) - (remaining.get(a.hash) ?? 0),
    );
    if (next === undefined) break;
    const end = start(next) + (duration.get(next.hash) ?? 0);
    slots[slots.indexOf(Math.min(...slots))] = end;
    ends.set(next.hash, end);
    waiting.delete(next);
  }
  return {
    seconds: Math.max(0, ...ends.values()),
    work: [...duration.values()].reduce((sum, one) => sum + one, 0),
    criticalPath: pathOf(builds, remaining),
    unknown: builds.filter(({ name }) => !history.has(name)).length,
  };
}

type Builds = BuildPlan['decisions'];

/** Seconds from the start of each job to the end of the longest chain that begins with it. */
function longestAfter(builds: Builds, duration: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const longest = new Map(duration);
  for (const { hash, needs } of builds.toReversed()) {
    const own = longest.get(hash) ?? 0;
    for (const need of needs) longest.set(need, Math.max(longest.get(need) ?? 0, (duration.get(need) ?? 0) + own));
  }
  return longest;
}

function pathOf(builds: Builds, remaining: ReadonlyMap<string, number>): readonly string[] {
  const left = (hash: string) => remaining.get(hash) ?? 0;
  const longest = (some: Builds) => some.toSorted((a, b) => left(b.hash) - left(a.hash))[0];
  const path: string[] = [];
  let next = longest(builds.filter(({ needs }) => needs.length === 0));
  while (next !== undefined) {
    const { hash, name } = next;
    path.push(name);
    next = longest(builds.filter(({ needs }) => needs.includes(hash)));
  }
  return path;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
