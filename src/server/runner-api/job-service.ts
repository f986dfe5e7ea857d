import type { RunnerTraits } from '../../coordinator/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import type { ArtifactFormat, JobRequest, JobResponse, JobUpdate, RunnerVerification } from '../../protocol/index.ts';

/** Whether a job still runs: its runner may send log, artifacts and updates. */
export function isLive({ status }: JobRun): boolean {
  return status === 'running' || status === 'canceling';
}

export interface TraceAppend {
  /** `misplaced`: the piece begins after the end of what is stored. `too-large`: the job was failed for it. */
  readonly outcome: 'accepted' | 'misplaced' | 'too-large';
  /** Bytes stored now. */
  readonly size: number;
}

export interface ArtifactUpload {
  /** `archive`, or the kind of a report. */
  readonly type: string;
  readonly format: ArtifactFormat;
  /** File on disk. The service moves it to its final location; the caller removes what is left. */
  readonly path: string;
  readonly size: number;
}

/**
 * The server behind the runner API. Every call must be safe to repeat, since runners try again when an answer is lost.
 * Its result must be on disk before it returns. Tokens are compared in constant time.
 */
export interface JobService {
  authenticateRunner(token: string): Promise<RunnerTraits | undefined>;
  /** Records that a runner, or the machine with this id among those that share its token, sent a request from `address`. */
  greet(runner: RunnerTraits, machine: RunnerVerification, address?: string): Promise<void>;
  /** Refuses the runner's token from now on; the jobs that it has may end. */
  unregister(runner: RunnerTraits): Promise<void>;
  /** Removes one of the machines that share the runner's token. */
  unregisterManager(runner: RunnerTraits, systemId: string): Promise<void>;
  /**
   * Returns an opaque mark that changes whenever there may be work for the runner. It is read before the queue, so that
   * nothing that arrives in between is missed.
   */
  queueMark(runner: RunnerTraits): string;
  /** Resolves when the runner's mark is no longer `mark`, or when the signal is aborted. */
  queueChanged(runner: RunnerTraits, mark: string, signal: AbortSignal): Promise<void>;
  /**
   * Assigns the next job. The same `requestId` again returns the same job again. A runner whose `info.features` has
   * `two_phase_job_commit` confirms with an update to `running`; without that, the job is offered to others after a
   * while.
   */
  requestJob(runner: RunnerTraits, request: JobRequest, requestId?: string): Promise<JobResponse | undefined>;

  /** Describes the running job of a token as GitLab's `GET /job` does. */
  describeJob(token: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Returns the run, which may have ended, if the token is its own. */
  authenticateJob(id: string, token: string): Promise<JobRun | undefined>;
  /** Stores an update. False: the log's size or checksum differ, and the runner sends the log again. */
  update(run: JobRun, update: JobUpdate): Promise<boolean>;
  /** Writes a piece of the log at `offset` in place of all from there on; refuses one that would leave a hole. */
  appendTrace(run: JobRun, offset: number, bytes: Uint8Array): Promise<TraceAppend>;
  /** Stores an artifact; a second one of a type replaces the first. Throws a SlipwayError to refuse it. */
  receiveArtifact(run: JobRun, upload: ArtifactUpload): Promise<void>;
  /** Returns the archive of a finished job, for the token of a running job that depends on it, or of the job itself. */
  openArtifact(id: string, token: string): Promise<{ path: string; size: number } | 'forbidden' | undefined>;
}
