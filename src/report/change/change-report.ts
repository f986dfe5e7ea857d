import { FEW_ALIKE, alikeCauses, describeReason, type HashReason, type RootCause } from '../../spack/index.ts';
import { type BuildPlan } from '../../generate/index.ts';
import type { ChangeCause, ChangeReport, ChangedPackage } from '../../protocol/index.ts';
import { bytesText } from '../text/words.ts';

/** What is known of a change. */
export interface KnownChange extends Pick<ChangeReport, 'pipeline' | 'against' | 'time'> {
  readonly plan: BuildPlan;
  /** Why hashes differ from those of `against`; absent if there is nothing to compare with. */
  readonly reasons?: readonly HashReason[];
  readonly bytes?: ChangeReport['bytes'];
  /** The jobs that build packages, by hash. */
  readonly jobs?: ReadonlyMap<string, NonNullable<ChangedPackage['job']>>;
  readonly previews?: ChangeReport['previews'];
}

/** Packages of one cause that are named; a compiler can change all of a lock. */
const NAMED = 20;

/** Describes what a change does, from what a plan and a comparison of locks found out. */
export function changeReport(known: KnownChange): ChangeReport {
  const { pipeline, plan, reasons, against, time, bytes = { unknown: 0 }, previews = [], jobs = new Map() } = known;
  const { causes, indexes } = causesOf(reasons ?? []);
  const of = new Map(reasons?.map((one) => [one.hash, one]));
  const packages = plan.decisions
    .filter(({ hash, build }) => build || of.has(hash))
    .map(({ name, version, hash, build, reason }): ChangedPackage => {
      const why = of.get(hash);
      return {
        name,
        version,
        hash,
        before: why?.before,
        build,
        reason: why === undefined ? reason : `${reason}; ${describeReason(why)}`,
        causes: [...new Set(why?.roots.flatMap((root) => indexes.get(root.hash) ?? []))],
        job: jobs.get(hash),
      };
    });
  const counts = countsOf(known, packages);
  const report = { pipeline, against, counts, causes, packages, bytes, time, previews };
  return { ...report, headline: changeHeadline(report) };
}

function countsOf({ plan, reasons }: KnownChange, packages: readonly ChangedPackage[]): ChangeReport['counts'] {
  const states = packages.flatMap(({ build, job }) => (build && job !== undefined ? [job.status] : []));
  const count = (status: string) => states.filter((one) => one === status).length;
  const kept = plan.decisions.filter(({ build }) => !build);
  return {
    total: plan.decisions.length,
    build: plan.decisions.length - kept.length,
    reused: kept.filter(({ present }) => present).length,
    left: kept.filter(({ present }) => !present).length,
    external: plan.externals.length,
    changed: reasons?.length,
    built: count('success'),
    failed: count('failed'),
    running: count('running'),
  };
}

/** Groups what changed in itself: another compiler or system is the same change in every package. */
function causesOf(reasons: readonly HashReason[]): {
  readonly causes: ChangeCause[];
  /** The cause that each package that changed in itself belongs to, by its hash. */
  readonly indexes: ReadonlyMap<string, number>;
} {
  const roots = new Map(reasons.flatMap((one) => one.roots).map((root) => [root.hash, root]));
  const groups = [...alikeCauses([...roots.values()])].flatMap(([change, alike]) => {
    const some = alike.length <= FEW_ALIKE ? alike.map((one) => [one]) : [alike];
    return some.map((group) => ({ change, group, hashes: countFrom(reasons, group) }));
  });
  const sorted = groups.toSorted((a, b) => b.hashes - a.hashes);
  return {
    causes: sorted.map(({ change, group, hashes }) => ({
      change,
      count: group.length,
      packages: group.slice(0, NAMED).map(({ name, version, hash }) => ({ name, version, hash })),
      hashes,
    })),
    indexes: new Map(sorted.flatMap(({ group }, index) => group.map(({ hash }) => [hash, index] as const))),
  };
}

function countFrom(reasons: readonly HashReason[], causes: readonly RootCause[]): number {
  const hashes = new Set(causes.map(({ hash }) => hash));
  return reasons.filter(({ roots }) => roots.some(({ hash }) => hashes.has(hash))).length;
}

/** `7 of 96 packages to build, 89 reused (1.4 GB not rebuilt)`; once all are built, `built` instead of `to build`. */
function changeHeadline({ counts, bytes }: Omit<ChangeReport, 'headline'>): string {
  const { total, build, built, reused, left } = counts;
  const saved = bytes.reused === undefined || reused === 0 ? '' : ` (${bytesText(bytes.reused)} not rebuilt)`;
  const untouched = left === 0 ? '' : `, ${left} not touched`;
  if (build === 0) return `Nothing to build: ${reused} of ${total} packages reused${saved}${untouched}`;
  const done = built === build ? 'built' : 'to build';
  return `${build} of ${total} packages ${done}, ${reused} reused${saved}${untouched}`;
}
