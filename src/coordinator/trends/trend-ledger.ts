/** What counts are summed by. */
type CountedBy = 'day' | 'stack';

/** How many jobs ended with a value of a measure. */
export interface JobCount {
  /** The day (`2026-11-30`, UTC) or the stack. */
  readonly of: string;
  /**
   * A status that jobs ended with, whose value is 0; or the milliseconds that those which succeeded ran, and that all
   * waited for a runner: to two significant digits, of which the second is even.
   */
  readonly measure: 'success' | 'failed' | 'canceled' | 'ran' | 'waited';
  readonly value: number;
  readonly jobs: number;
}

/** What a topmost pipeline came to. */
export interface EndedPipeline {
  readonly pipeline: string;
  readonly stack: string;
  readonly finishedAt: string;
  readonly status: 'success' | 'failed' | 'canceled';
  /** From its creation to its end. */
  readonly seconds: number;
  /** Packages that it was to build, and that were there. */
  readonly built: number;
  readonly reused: number;
  readonly builtBytes: number;
  readonly reusedBytes: number;
  /** Jobs that failed, by the class of the failure. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Ended pipelines that are alike, together. */
export interface PipelineCount extends Pick<
  EndedPipeline,
  'status' | 'seconds' | 'built' | 'reused' | 'builtBytes' | 'reusedBytes'
> {
  readonly of: string;
  readonly pipelines: number;
}

export interface FailureCount {
  readonly day: string;
  readonly class: string;
  readonly jobs: number;
}

/** Days of stacks: the first one, and the first one after them. */
interface DayRange {
  readonly stacks: readonly string[];
  readonly since: string;
  readonly until: string;
}

/**
 * Counts of ended jobs and pipelines for each day. The store counts jobs as they end, and topmost pipelines when they
 * are saved. The cost of reading grows with days and pipelines, not with jobs.
 */
export interface TrendLedger {
  /** Whether this end of the pipeline is saved already. */
  isSaved(ended: Pick<EndedPipeline, 'pipeline' | 'finishedAt'>): boolean;
  /** Saves the end of a pipeline, in place of an earlier one: it may have been retried. */
  save(ended: EndedPipeline): void;
  jobs(range: DayRange, by: CountedBy): readonly JobCount[];
  pipelines(range: DayRange, by: CountedBy): readonly PipelineCount[];
  failures(range: DayRange): readonly FailureCount[];
}
