import type { JobPlan } from '../../gitlab/index.ts';
import type { PhaseUsage } from '../../protocol/index.ts';

/** The phase of jobs that were ended because memory ran out: they would have needed more than they used. */
export const OUT_OF_MEMORY = 'out_of_memory';

/** Whether no runner reports this phase. */
export function isOwnPhase(phase: string): boolean {
  return phase === 'job' || phase === OUT_OF_MEMORY;
}

/** What one phase of a job used. */
interface PhaseMeasure extends PhaseUsage {
  /** The package that the job makes; for other jobs the name of the job, with an empty version. */
  readonly package: string;
  readonly version: string;
  readonly at: string;
}

/**
 * What a phase used in the past. Means are weighted: the newest run has a quarter of the weight. `at` and `method` are
 * those of the newest run. The phase `job` is a job from its start to its end, as the server sees it.
 */
export interface PhaseHistory extends PhaseMeasure {
  readonly runs: number;
  readonly maxSeconds: number;
  readonly maxCpuSeconds?: number;
  readonly maxMemory?: number;
  readonly maxDisk?: number;
}

/** What packages took in all pipelines, by package, version and phase. */
export interface PackageHistory {
  /** Adds a run. What was not measured leaves the history of that measure as it is. */
  record(measure: PhaseMeasure): void;
  /** Returns the history of a phase, for all packages. */
  phases(phase: string): readonly PhaseHistory[];
}

/** Returns the package and version that a job makes; its own name, and no version, for any other job. */
export function madeBy({ name, variables }: JobPlan): Pick<PhaseMeasure, 'package' | 'version'> {
  const made = variables.SPACK_JOB_SPEC_PKG_NAME?.value;
  if (made === undefined) return { package: name, version: '' };
  return { package: made, version: variables.SPACK_JOB_SPEC_PKG_VERSION?.value ?? '' };
}
