import { groupBy, medianOf } from '../../kit/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { DurationEstimate } from '../../pipeline/index.ts';
import { kindOf } from '../resources/expected-resources.ts';
import { madeBy, type PackageHistory, type PhaseHistory } from '../resources/package-history.ts';

/** Spreads of durations around what is known: of the same version, of another one, of another package. */
const SPREADS = { version: 0.2, package: 0.4, other: 0.8 } as const;
/** Packages of one kind without which the median of all counts. */
const FEW = 3;
/** Seconds of a job where no job has succeeded yet. */
const FIRST = 60;

/**
 * Returns how long jobs are expected to take, by the history at this moment: as the same version of the package took,
 * else as the newest run of another version, else the median of packages of the same kind, else that of all.
 */
export function expectedSeconds(packages: Pick<PackageHistory, 'phases'>): (job: JobPlan) => DurationEstimate {
  const known = packages.phases('job');
  const byPackage = groupBy(known, (one) => one.package);
  const medians = new Map(
    [...groupBy(known, kindOf)].flatMap(([kind, all]) =>
      all.length < FEW ? [] : [[kind, medianOf(secondsOf(all))] as const],
    ),
  );
  const typical = medianOf(secondsOf(known)) ?? FIRST;
  return (job) => {
    const made = madeBy(job);
    const own = byPackage.get(made.package) ?? [];
    const same = own.find(({ version }) => version === made.version);
    const newest = same ?? own.toSorted((one, other) => (one.at < other.at ? 1 : -1))[0];
    const subject = made.package;
    if (newest === undefined) return { seconds: medians.get(kindOf(made)) ?? typical, spread: SPREADS.other, subject };
    return { seconds: newest.seconds, spread: SPREADS[same === undefined ? 'package' : 'version'], subject };
  };
}

function secondsOf(all: readonly PhaseHistory[]): readonly number[] {
  return all.map(({ seconds }) => seconds);
}
