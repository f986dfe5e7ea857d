import { medianOf, OrderedQueue } from '../kit/index.ts';
import type { BuildPlan } from './plan-build.ts';

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

interface Capacity {
  /** How many jobs run at once. */
  readonly jobs: number;
  /** Seconds since the beginning of those that run already, by hash. */
  readonly elapsed?: ReadonlyMap<string, number>;
}

/** A build that takes longer than it used to still has so much of its time before it. */
const LEAST_LEFT = 0.1;

/** Estimates how long the builds of a plan take, by the times (seconds) that packages of these names took before. */
export function estimateTime(
  plan: Pick<BuildPlan, 'decisions'>,
  history: ReadonlyMap<string, number>,
  { jobs, elapsed = new Map() }: Capacity,
): TimeEstimate {
  const builds = plan.decisions.filter((decision) => decision.build);
  // A server's history also has jobs that build nothing.
  const own = plan.decisions.flatMap(({ name }) => history.get(name) ?? []);
  const usual = medianOf(own) ?? medianOf([...history.values()]) ?? WITHOUT_HISTORY;
  const duration = new Map(
    builds.map(({ hash, name }) => {
      const whole = history.get(name) ?? usual;
      return [hash, Math.max(whole - (elapsed.get(hash) ?? 0), whole * LEAST_LEFT)];
    }),
  );
  const remaining = longestAfter(builds, duration);
  return {
    seconds: simulate(builds, { duration, remaining, jobs, elapsed }),
    work: [...duration.values()].reduce((sum, one) => sum + one, 0),
    criticalPath: pathOf(builds, remaining),
    unknown: builds.filter(({ name }) => !history.has(name)).length,
  };
}

interface Simulation {
  readonly duration: ReadonlyMap<string, number>;
  readonly remaining: ReadonlyMap<string, number>;
  readonly jobs: number;
  readonly elapsed: ReadonlyMap<string, number>;
}

/** A build whose dependencies are there. */
interface ReadyBuild {
  readonly hash: string;
  /** Seconds from its start to the end of the longest chain that begins with it. */
  readonly remaining: number;
  /** Place in the order in which builds became ready; of those that are equal otherwise, the newest is first. */
  readonly order: number;
}

/** When the last build ends. As the engine does: of those that are ready, the one with the longest way behind it. */
function simulate(builds: Builds, { duration, remaining, jobs, elapsed }: Simulation): number {
  const planned = new Set(builds.map(({ hash }) => hash));
  const users = new Map<string, string[]>(builds.map(({ hash }) => [hash, []]));
  const waitsFor = new Map<string, number>();
  for (const { hash, needs } of builds) {
    const own = needs.filter((need) => planned.has(need));
    waitsFor.set(hash, own.length);
    for (const need of own) users.get(need)?.push(hash);
  }
  let count = 0;
  const readyBuild = (hash: string): ReadyBuild => ({ hash, remaining: remaining.get(hash) ?? 0, order: count++ });
  const first = builds.filter(({ hash }) => waitsFor.get(hash) === 0 && !elapsed.has(hash));
  const ready = new OrderedQueue(
    (one, other) => other.remaining - one.remaining || other.order - one.order,
    first.map(({ hash }) => readyBuild(hash)),
  );
  const running = builds.flatMap(({ hash }) => (elapsed.has(hash) ? [{ hash, end: duration.get(hash) ?? 0 }] : []));
  let now = 0;
  while (ready.size + running.length > 0) {
    while (running.length < Math.max(1, jobs)) {
      const next = ready.first();
      if (next === undefined) break;
      ready.delete(next);
      running.push({ hash: next.hash, end: now + (duration.get(next.hash) ?? 0) });
    }
    running.sort((a, b) => b.end - a.end);
    const done = running.pop();
    now = done?.end ?? now;
    for (const user of users.get(done?.hash ?? '') ?? []) {
      const left = (waitsFor.get(user) ?? 0) - 1;
      waitsFor.set(user, left);
      if (left === 0) ready.add(readyBuild(user));
    }
  }
  return now;
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
