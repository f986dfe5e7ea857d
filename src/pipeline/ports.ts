import type { PipelineLimits, PipelineSources as ConfigurationFiles, PlannedInclude } from '../gitlab/index.ts';
import type { Clock, Diagnostic, Timer } from '../kit/index.ts';
import type { Effect } from './engine/effect.ts';
import type { PipelineEvent } from './engine/event.ts';
import type { PipelineState } from './engine/pipeline-state.ts';
import type { JobRun, PipelineRecord, PipelineSubject } from './pipeline-record.ts';

export type TextVariables = Readonly<Record<string, string>>;

/** A variable of a job. What is not `raw` may refer to others, which the runner expands. */
export interface VariableValue {
  readonly value: string;
  readonly raw: boolean;
  /** The job's log does not show its value. */
  readonly masked: boolean;
  /** The runner writes the value to a file, whose path the job gets. */
  readonly file?: true;
}

export interface NewPipeline {
  readonly at: string;
  state(id: string): PipelineState;
  readonly parent?: PipelineRecord['parent'];
  readonly upstream?: PipelineRecord['upstream'];
  /** Stored event of the forge that the pipeline answers; it is marked as done together with the creation. */
  readonly inboxEvent?: string;
}

export interface ArchiveSize {
  /** Bytes, where the archive is a file. */
  readonly size?: number;
}

/** What an attempt at a job left for other jobs. */
export interface JobOutput {
  readonly run: JobRun;
  readonly archive?: ArchiveSize;
  readonly hasDotenv: boolean;
  /** Its archive was deleted because its time had come. */
  readonly isExpired: boolean;
}

/** Stores pipelines. Each call is one transaction, durable when it returns. There is one writer. */
export interface PipelineStore {
  create(subject: PipelineSubject, options: NewPipeline): PipelineRecord;
  /** Stores the event and the state that follows from it, before anybody acts on its effects. */
  apply(pipeline: string, event: PipelineEvent, at: string): { readonly effects: readonly Effect[] };
  /** Returns the present state, which changes with the next event. */
  state(pipeline: string): PipelineState;
  record(pipeline: string): PipelineRecord | undefined;
  /** Returns the pipelines that have not ended, oldest first, children included. */
  active(): readonly PipelineRecord[];
  children(pipeline: string): readonly PipelineRecord[];
  /** Returns the pipelines of other stacks that its trigger jobs started, oldest first. */
  downstreams(pipeline: string): readonly PipelineRecord[];
  /** Returns the newest attempt at a job. */
  latestRun(pipeline: string, name: string): JobRun | undefined;
  /** Returns what the newest attempts at these jobs left, in the same order, without those that left nothing. */
  outputs(pipeline: string, jobs: readonly string[]): readonly JobOutput[];
}

/** Everything that predefined variables and project variables are made of. */
export interface PipelineFacts {
  /** Without a slash at its end. */
  readonly serverUrl: string;
  readonly version: string;
  readonly project: { readonly id: string; readonly name: string; readonly path: string };
  readonly defaultBranch: string;
  /** Path of the pipeline's file. */
  readonly configPath: string;
  readonly commit: { readonly message: string; readonly author: string; readonly date: string };
  /** Account of the person whose work runs, as the forge authenticated it; absent where it is unknown. */
  readonly user?: string;
  /** The commit is on no branch, although the pipeline has the form of a branch's. */
  readonly isDetached?: boolean;
  /** Branch that the pull request is to be merged into. */
  readonly targetBranch?: string;
  /** Further variables of all jobs, which need no expansion. */
  readonly variables: TextVariables;
  /** Variables of the project: rules see them, and they take precedence over those of the configuration. */
  readonly projectVariables: TextVariables;
  /** Secrets of the project: raw, masked, and over everything else. */
  readonly secrets: TextVariables;
  /** Names of the secrets whose variable holds the path of a file with the value. */
  readonly secretFiles?: readonly string[];
  /** Seconds that a job may take if it has no `timeout`. */
  readonly jobTimeout: number;
  readonly limits: Partial<PipelineLimits>;
}

/** Reads what is outside of the store: the commit, and what jobs left. Calls may overlap. */
export interface Sources {
  /** The same object for all pipelines to which the same facts apply saves work for each job. */
  facts(subject: PipelineSubject): Promise<PipelineFacts>;
  /**
   * Returns readers of what a configuration may look at in the pipeline's commit. What `pinned` names is read with
   * exactly these bytes.
   */
  files(subject: PipelineSubject, pinned?: readonly PlannedInclude[]): ConfigurationFiles;
  /** Makes the commit available to the pipeline's jobs. Safe to repeat. */
  keep(record: PipelineRecord): Promise<void>;
  /** Reads a text file that a job left in its archive; undefined if there is none. */
  readArchived(run: JobRun, path: string): Promise<string | undefined>;
  /** Returns the variables of a dotenv report that a job left. */
  dotenv(run: JobRun): Promise<TextVariables>;
  /** Returns variables of this one attempt; the job's own take precedence over them. */
  jobVariables(run: JobRun, record: PipelineRecord): Promise<Readonly<Record<string, VariableValue>>>;
  /** Signs the claims of an identity token of a pipeline's job, perhaps with more about the user. */
  signToken(claims: Readonly<Record<string, unknown>>, record: PipelineRecord): Promise<string>;
}

/** What a trigger job asks of another project. */
export interface DownstreamRequest {
  /** The pipeline of the trigger job. */
  readonly from: PipelineRecord;
  readonly job: string;
  readonly project: string;
  readonly branch?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly variables: TextVariables;
}

/** A need of a job of another project (https://docs.gitlab.com/ci/yaml/#needsproject). */
export interface SharedOutputRequest {
  /** The pipeline of the job that needs it. */
  readonly from: PipelineRecord;
  readonly project: string;
  /** Short name of a branch or tag. */
  readonly ref: string;
  readonly job: string;
}

/** An attempt at a job that is ready, or no longer wanted. */
export interface JobReference {
  readonly pipeline: string;
  readonly job: string;
  readonly attempt: number;
}

/** The queue of jobs. The calls only notify: a runner that takes an offer calls `assign` of the driver. */
export interface JobOffers {
  /** The job is ready. May be repeated. */
  offer(job: JobReference): void;
  /** The job has ended, perhaps before anybody took it. */
  withdraw(job: Pick<JobReference, 'pipeline' | 'job'>): void;
  /** A job that runs is to stop. May be repeated; the job ends when `job-finished` is dispatched for it. */
  cancel(job: JobReference): void;
}

/** The user of the driver. The calls must not throw. */
export interface PipelineListener {
  /** The pipeline's first jobs are about to start. */
  starting(record: PipelineRecord): void;
  /** The pipeline has started, one of its jobs has ended, or it ended otherwise than before. */
  changed(pipeline: string): void;
  /** A topmost pipeline has ended. May be repeated. */
  finished(record: PipelineRecord): Promise<void>;
  /** A child pipeline's configuration has faults that do not prevent it, or that do. */
  childRead(parent: PipelineRecord, diagnostics: readonly Diagnostic[]): void;
  /** The start or the end of a pipeline failed; it is repeated after so many milliseconds. */
  repeating(pipeline: string, failure: { readonly error: unknown; readonly wait: number }): void;
  /** Background work failed for a reason that is no fault of the pipeline. */
  failed(subject: string, error: unknown): void;
}

export interface DriverPorts {
  readonly store: PipelineStore;
  readonly sources: Sources;
  readonly offers: JobOffers;
  readonly clock: Clock;
  readonly timer: Timer;
  /**
   * Creates the pipeline of another project, with the job as its `upstream`, without starting it. Throws with the reason
   * if that is not allowed. Absent where there are no other projects.
   */
  readonly createDownstream?: (request: DownstreamRequest) => Promise<PipelineRecord>;
  /**
   * Returns what the newest successful job of another project left; undefined if there is none. Throws with the reason
   * if that is not allowed. Absent where there are no other projects.
   */
  readonly sharedOutput?: (request: SharedOutputRequest) => JobOutput | undefined;
}
