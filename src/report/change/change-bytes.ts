import type { BuildPlan } from '../../generate/index.ts';
import type { ChangeReport } from '../../protocol/index.ts';
import { closure, type HashReason, type Lockfile } from '../../spack/index.ts';

interface SizedChange {
  readonly plan: BuildPlan;
  /** Why hashes differ; with nothing to compare with, none. */
  readonly reasons: readonly HashReason[];
  readonly after: Lockfile;
  readonly before?: Lockfile;
  /** Bytes of packages on the mirrors, by hash. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Computes what a change adds and saves. A package that is not built yet counts as large as it was before the change;
 * a sum of which no part is known is absent.
 */
export function changeBytes({ plan, reasons, after, before, sizes }: SizedChange): ChangeReport['bytes'] {
  const was = new Map(reasons.map((one) => [one.hash, one.before]));
  const sizeOf = (hash: string) => sizes.get(hash) ?? sizes.get(was.get(hash) ?? '');
  const builds = plan.decisions.filter(({ build }) => build).map(({ hash }) => hash);
  const kept = plan.decisions.filter(({ build, present }) => !build && present).map(({ hash }) => hash);
  const runs = new Set(packagesAtRunTime(after));
  return {
    reused: sum(kept, (hash) => sizes.get(hash)),
    mirror: sum(builds, sizeOf),
    image: sum(
      builds.filter((hash) => runs.has(hash)),
      sizeOf,
    ),
    growth: before && imageGrowth({ before, after, sizeOf }),
    unknown: builds.filter((hash) => sizeOf(hash) === undefined).length,
  };
}

/** Returns the hashes whose sizes `changeBytes` uses. */
export function sizedHashes({ plan, reasons, after, before }: Omit<SizedChange, 'sizes'>): ReadonlySet<string> {
  const decided = plan.decisions.map(({ hash }) => hash);
  const old = reasons.flatMap((one) => one.before ?? []);
  return new Set([
    ...decided,
    ...old,
    ...(before === undefined ? [] : packagesAtRunTime(before)),
    ...packagesAtRunTime(after),
  ]);
}

interface Growing {
  readonly after: Lockfile;
  readonly before: Lockfile;
  readonly sizeOf: (hash: string) => number | undefined;
}

/**
 * Returns by how much an image of a lock grows. What both have adds nothing, so its size need not be known. Undefined
 * if another size is not known.
 */
export function imageGrowth({ after, before, sizeOf }: Growing): number | undefined {
  const [some, others] = [packagesAtRunTime(after), packagesAtRunTime(before)];
  const [added, removed] = [without(some, others), without(others, some)];
  const all = [...added, ...removed].map(sizeOf);
  if (all.includes(undefined)) return undefined;
  return (sum(added, sizeOf) ?? 0) - (sum(removed, sizeOf) ?? 0);
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
}

/** What the packages of the environment need to run, which an image therefore contains. */
function packagesAtRunTime(lock: Lockfile): readonly string[] {
  const roots = lock.roots.map(({ hash }) => hash);
  return [...closure(lock, roots, ['link', 'run'])].filter((hash) => lock.nodes.get(hash)?.external === undefined);
}

/** Returns the bytes of packages as far as they are known; undefined if none of several is. */
export function sum(hashes: readonly string[], sizeOf: (hash: string) => number | undefined): number | undefined {
  const known = hashes.map(sizeOf).filter((size) => size !== undefined);
  if (known.length === 0) return hashes.length === 0 ? 0 : undefined;
  return known.reduce((total, size) => total + size, 0);
}
