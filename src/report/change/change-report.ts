import { describeReason, type HashReason } from '../../spack/index.ts';
import { type BuildPlan } from '../../generate/index.ts';
import type { ChangeReport, ChangedPackage } from '../../protocol/index.ts';
import { bytesText } from '../text/words.ts';
import { causesOf, changeCauses } from './change-causes.ts';

/** What is known of a change. */
export interface KnownChange extends Pick<ChangeReport, 'pipeline' | 'against' | 'time' | 'saved'> {
  readonly plan: BuildPlan;
  /** Why hashes differ from those of `against`; absent if there is nothing to compare with. */
  readonly reasons?: readonly HashReason[];
  readonly bytes?: ChangeReport['bytes'];
  /** The jobs that build packages, by hash. */
  readonly jobs?: ReadonlyMap<string, NonNullable<ChangedPackage['job']>>;
  readonly previews?: ChangeReport['previews'];
}

/** Describes what a change does, from what a plan and a comparison of locks found out. */
export function changeReport(known: KnownChange): ChangeReport {
  const {
    pipeline,
    plan,
    reasons,
    against,
    time,
    saved,
    bytes = { unknown: 0 },
    previews = [],
    jobs = new Map(),
  } = known;
  const { causes, indexes } = changeCauses(reasons ?? []);
  const of = new Map(reasons?.map((one) => [one.hash, one]));
  const packages = plan.decisions
    .filter(({ hash, build }) => build || of.has(hash))
    .map(({ name, version, hash, build, reason, needs }): ChangedPackage => {
      const why = of.get(hash);
      return {
        name,
        version,
        hash,
        before: why?.before,
        build,
        reason: why === undefined ? reason : `${reason}; ${describeReason(why)}`,
        causes: why === undefined ? [] : causesOf(why, indexes),
        own: why?.roots[0]?.hash === hash,
        through: [...(why?.through ?? needs)],
        job: jobs.get(hash),
      };
    });
  const counts = countsOf(known, packages);
  const report = { pipeline, against, counts, causes, packages, bytes, time, saved, previews };
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

/** `7 of 96 packages to build, 89 reused (1.4 GB not rebuilt)`; once all are built, `built` instead of `to build`. */
function changeHeadline({ counts, bytes }: Omit<ChangeReport, 'headline'>): string {
  const { total, build, built, reused, left } = counts;
  const saved = bytes.reused === undefined || reused === 0 ? '' : ` (${bytesText(bytes.reused)} not rebuilt)`;
  const untouched = left === 0 ? '' : `, ${left} not touched`;
  if (build === 0) return `Nothing to build: ${reused} of ${total} packages reused${saved}${untouched}`;
  const done = built === build ? 'built' : 'to build';
  return `${build} of ${total} packages ${done}, ${reused} reused${saved}${untouched}`;
}
