/** What one phase of a successful job used. */
interface PhaseMeasure {
  /** The package that the job makes; for other jobs the name of the job, with an empty version. */
  readonly package: string;
  readonly version: string;
  /** `job`: from its start to its end. Otherwise a part of it, as `script` or `build`. */
  readonly phase: string;
  readonly seconds: number;
  readonly cpuSeconds?: number;
  /** Bytes of memory at its peak. */
  readonly memory?: number;
  /** Bytes on disk at its end. */
  readonly disk?: number;
  /** How the memory was measured. */
  readonly method?: MeasuringMethod;
  readonly at: string;
}

/** The peak that the kernel counts for a control group, or the largest of samples of the process tree. */
type MeasuringMethod = 'cgroup' | 'sampled';

/**
 * What a phase used in the past. Means are weighted: the newest run has a quarter of the weight. `at` and `method` are
 * those of the newest run.
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
