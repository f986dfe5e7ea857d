import type { JobOutput, JobRun, JobStatus, PipelineRecord, PipelineStore, Trust } from '../pipeline/index.ts';
import type { TestSummary } from '../report/index.ts';

/** A lock that a job of a topmost pipeline left. */
export interface RecordedLock {
  readonly job: string;
  /** In the job's archive. */
  readonly path: string;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly digest: string;
  /** Digest of its inputs, as the job reported it; unknown for locks that were supplied. */
  readonly inputs?: string;
}

export interface ArtifactRecord {
  /** Decimal id of the job run that left it. */
  readonly job: string;
  /** `archive`, `dotenv`, `junit`, … */
  readonly type: string;
  readonly format: string;
  /** Name of the file below the data folder. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** When its file may be deleted; never, if absent. */
  readonly expiresAt?: string;
}

export interface PipelineFilter {
  readonly stack?: string;
  /** Only of these. */
  readonly stacks?: readonly string[];
  readonly tree?: string;
  readonly request?: string;
  /** The beginning of a digest of one of its locks. */
  readonly lock?: string;
  /** Only those that are older than this one. */
  readonly before?: string;
  readonly limit?: number;
}

/**
 * Pipelines and everything that is recorded of them. Every call is one transaction, durable when it returns. Single
 * writer.
 */
export interface PipelineLedger extends PipelineStore {
  /** The newest first, without children. */
  list(filter: PipelineFilter): readonly PipelineRecord[];
  /** Keeps a lock that the job left under this path before. */
  addLock(pipeline: string, lock: RecordedLock): void;
  /** The first one first. */
  locks(pipeline: string): readonly RecordedLock[];
  run(id: string): JobRun | undefined;
  runs(pipeline: string): readonly JobRun[];
  /** Returns all attempts at some jobs, by their indices in the plan. */
  runsOfJobs(pipeline: string, indices: readonly number[]): readonly JobRun[];
  /** Returns runs of jobs that `isJobNamed`, the newest first. */
  runsNamed(name: string, page: { stacks?: readonly string[]; before?: string; limit: number }): readonly JobRun[];
  /** Returns the newest runs of a stack's jobs that make a package, the newest first. */
  runsOfPackage(stack: string, hash: string): readonly JobRun[];
  /** Returns what a job left in the newest pipeline of a branch or tag, trusted like this, in which it succeeded. */
  successfulOutput(job: {
    readonly stack: string;
    readonly ref: string;
    readonly job: string;
    readonly trusts: readonly Trust[];
  }): JobOutput | undefined;
  runsInStatus(statuses: readonly JobStatus[]): readonly JobRun[];
  /** Calls back with the runs that each change concerned, once they are stored. The listener must not throw. */
  watchRuns(listener: (runs: readonly JobRun[]) => void): void;
  /** Ends a run that no event can reach, since its pipeline has no such job. */
  closeRun(id: string, at: string): void;
  addArtifact(artifact: ArtifactRecord): void;
  /** Those whose files are still there. */
  artifacts(job: string): readonly ArtifactRecord[];
  /** Those whose time has come by then. */
  dueArtifacts(at: string): readonly ArtifactRecord[];
  /** The file is gone. */
  artifactExpired(artifact: Pick<ArtifactRecord, 'job' | 'type'>): void;
  /** Stores a job run's JUnit report; the last one counts. */
  setTests(job: string, tests: TestSummary): void;
  tests(job: string): TestSummary | undefined;
  /**
   * Mean seconds of successful runs, by what the job makes: its package's name, else its own. The same map until
   * another pipeline is made, since what is computed from it takes a while for thousands of jobs.
   */
  durations(): ReadonlyMap<string, number>;
  /** Returns the topmost pipelines of a stack that were created since then. */
  createdSince(stack: string, at: string): readonly PipelineRecord[];
  /** Returns the runs that a runner had and that ended since then. */
  runsEndedSince(at: string): readonly JobRun[];
}
