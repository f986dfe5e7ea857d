import type { JobState } from '../pipeline/index.ts';
import type { Diagnostic } from '../kit/index.ts';
import type { LocalPipeline } from './local-pipeline.ts';

/** Hears of what happens in a run, in order. Jobs are named by `pipeline.pathOf(job)`. */
export interface RunReporter {
  /** A fault of a configuration that stops nothing. */
  warn(diagnostic: Diagnostic): void;
  jobChanged(pipeline: LocalPipeline, job: JobState): void;
  /** Output of a job as it comes, cut anywhere. */
  output(pipeline: LocalPipeline, job: string, bytes: Buffer): void;
  /** The run is over. */
  finished(pipeline: LocalPipeline): void;
  /** Writes what has not been written; called last, whatever happened. */
  close(): void;
}
