import type { ArtifactFormat, JobRequest, JobResponse, JobUpdate } from '../../protocol/index.ts';

/** A runner whose token was recognised. */
export interface RunnerIdentity {
  /** A number, as the protocol has it; never 0. */
  readonly id: number;
}

/** What a runner says of itself with a request. */
type RunnerWords = Pick<JobRequest, 'info' | 'system_id'>;

/** A job that a runner holds at this moment. */
export interface JobSession {
  readonly jobId: number;
  /** `canceling` asks the runner to end gracefully; it may still send log, artifacts and its last update. */
  readonly status: 'pending' | 'running' | 'canceling';
}

/** What a job's token opens. `ended` tells the runner to stop at once; `unknown` is a wrong id or token. */
export type JobAccess =
  | { readonly kind: 'session'; readonly session: JobSession }
  | { readonly kind: 'ended'; readonly status: 'success' | 'failed' | 'canceled' }
  | { readonly kind: 'unknown' };

/**
 * `accepted`: stored, done. `later`: stored, but the server is not finished with the log; the runner asks again.
 * `incomplete`: the log's size or checksum differ; the runner sends all of it again. `conflict`: another runner has it.
 */
export type UpdateOutcome = 'accepted' | 'later' | 'incomplete' | 'conflict';

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
  readonly expireIn?: string;
  /** The client's name for it, without folders. */
  readonly fileName: string;
  /** File on disk. The jobs moves it to where it belongs; whatever is left is removed by the caller. */
  readonly path: string;
  readonly size: number;
}

export type ArtifactAccess =
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly fileName: string }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'missing' };

/**
 * What the runner API needs to know and to have done. Every call must be safe to repeat, since runners try again when
 * an answer is lost; what a call answers must be on disk before it is answered. Tokens are compared in constant time.
 */
export interface JobService {
  authenticateRunner(token: string): Promise<RunnerIdentity | undefined>;
  /** The runner spoke: keep what it told about itself and that it is there. */
  greet(runner: RunnerIdentity, words: RunnerWords): Promise<void>;
  /** Refuses the runner's token from now on; the jobs that it has may end. */
  unregister(runner: RunnerIdentity): Promise<void>;
  /** One of the machines that share the runner's token has gone. */
  unregisterManager(runner: RunnerIdentity, systemId: string): Promise<void>;
  /**
   * Opaque mark that changes whenever there may be work for this runner. It is read before the queue is looked
   * at, so that nothing that arrives in between is missed.
   */
  queueMark(runner: RunnerIdentity): string;
  /** Resolves when the mark is no longer `mark`, or when the signal is aborted. */
  queueChanged(runner: RunnerIdentity, mark: string, signal: AbortSignal): Promise<void>;
  /**
   * Assigns the next job. The same `requestId` again gives the same job again. A runner whose `info.features` has
   * `two_phase_job_commit` confirms with an update to `running`; without that, the job is offered to others after a
   * while.
   */
  requestJob(runner: RunnerIdentity, request: JobRequest, requestId?: string): Promise<JobResponse | undefined>;

  /** The running job that a token was made for, as GitLab's `GET /job` describes it. */
  describeJob(token: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  authenticateJob(jobId: number, token: string): Promise<JobAccess>;
  update(session: JobSession, update: JobUpdate): Promise<UpdateOutcome>;
  /**
   * Writes a piece of the log at `offset`, over what was there from `offset` on; refused where it would leave a hole.
   */
  appendTrace(session: JobSession, offset: number, bytes: Uint8Array): Promise<TraceAppend>;
  /** Takes an artifact over; the same type again replaces the first. Throws a SlipwayError to refuse it. */
  receiveArtifact(session: JobSession, upload: ArtifactUpload): Promise<void>;
  /** The archive of a finished job, for the token of a running job that depends on it (or of the job itself). */
  openArtifact(jobId: number, token: string): Promise<ArtifactAccess>;
}
