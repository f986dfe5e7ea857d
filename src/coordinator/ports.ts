import type { JobOutput, JobRun, JobStatus, PipelineRecord, PipelineStore, Trust } from '../pipeline/index.ts';
import type { Actor, CheckClick, ForgeEvent, PullRequest, Push, StatusOutcome, StatusState } from '../forge/index.ts';
import type { Published, ReplacedImages } from '../image/index.ts';
import type { FailureReport, Problem } from '../protocol/index.ts';
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

/** Why an image is published again of the same commit and lock: its base has moved. */
export interface Rebase extends ReplacedImages {
  /** Id of the publication whose image it replaces. */
  readonly of: string;
  /** The tag that the rule makes; the image's own is another one where tags do not move. */
  readonly tag: string;
}

export interface Publication extends Partial<Published> {
  readonly id: string;
  readonly stack: string;
  readonly repository: string;
  readonly tag: string;
  /** A pull request's is its preview, which the request's own pipeline made; `ref` is `pull/<number>` then. */
  readonly refType: 'branch' | 'tag' | 'pull-request';
  readonly ref: string;
  readonly commit: string;
  readonly tree: string;
  /** Of what the tag of the repository names, where that is not the commit itself. */
  readonly objectSha?: string;
  /** Who pushed it, if a rule depends on that. */
  readonly actor?: Actor;
  /** It was refused because it was unknown who pushed it; it is decided again once that is known. */
  readonly lacksActor?: boolean;
  /**
   * `waiting` for its protected pipeline, then `published`; `refused` when that failed; `failed` when publishing did;
   * `removed`: a preview whose request is over.
   */
  readonly state: 'waiting' | 'published' | 'refused' | 'failed' | 'removed';
  /** A preview that is to be removed; what a registry does not let be removed stays, with a `message`. */
  readonly toRemove?: boolean;
  /** How many attempts at publishing have failed. */
  readonly attempts?: number;
  /** When a waiting publication is tried again after a failure that may pass. */
  readonly retryAt?: string;
  /** Refused because the tag already names the image of a newer commit. */
  readonly superseded?: boolean;
  /** A person accepted that this publication replaces whatever its tag names. */
  readonly replace?: boolean;
  /** Digest that the tag was about to name: it is ours even if the server ended before it recorded that. */
  readonly tagging?: string;
  readonly rebase?: Rebase;
  /** The message and the remedy as one line, for the commit's status. */
  readonly summary?: string;
  readonly pipeline?: string;
  readonly message?: string;
  readonly createdAt: string;
  readonly finishedAt?: string;
}

export interface StatusRecord {
  readonly stack: string;
  readonly sha: string;
  readonly context: string;
  readonly state: StatusState;
  readonly outcome?: StatusOutcome;
  readonly description: string;
  /** The whole of it, where it does not fit into a status. */
  readonly detail?: string;
  readonly url?: string;
  /** Why no pipeline could be created. */
  readonly failure?: FailureReport;
  /** Id of the topmost pipeline that it is about. */
  readonly pipeline?: string;
  readonly at: string;
}

/** A status as it is shown, with the reason if the forge does not have it. */
interface ShownStatus extends StatusRecord {
  readonly problem?: string;
}

/** What was posted for a commit and context so far. */
interface StatusPosts extends Partial<Pick<StatusRecord, 'state' | 'outcome' | 'at'>> {
  readonly posts: number;
}

/** The newest status of a commit and context. */
export interface UnpostedStatus extends StatusRecord {
  readonly id: string;
}

/** The comment on a request, about which something has changed since it was written. */
export interface DueComment {
  readonly stack: string;
  readonly request: string;
  /** Counts the changes. */
  readonly revision: number;
  /** Whether something has changed since it was written; if not, only what the forge shows is compared. */
  readonly isChanged: boolean;
  /** When what the forge shows is compared: something else than what was written last may be there. */
  readonly checkAt?: string;
  /** SHA-256 of the text that was written last; absent where there is no comment. */
  readonly digest?: string;
  /** What it was written for, and how often; `at`: when the last time was. */
  readonly occasion?: string;
  readonly posts: number;
  readonly at?: string;
}

/** A comment as it was written; without `at`, its text was the same as before. */
interface WrittenComment {
  readonly digest: string;
  readonly occasion: string;
  readonly at?: string;
  /** When what the forge shows is compared with it. */
  readonly checkAt?: string;
}

/** A delivery of a forge's webhook. */
export interface Delivery {
  /** The forge's own id: the same when it sends the same again. */
  readonly id: string;
  readonly event: string;
  /** Who made a ref name an object. */
  readonly push?: Push;
  /** Becomes an event that is handled once. */
  readonly click?: CheckClick;
}

export interface RequestRecord extends PullRequest {
  readonly stack: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** The last approval; it counts for the head with this SHA alone. */
  readonly approval?: Approval;
  /** The commit that its merge made in the base branch. */
  readonly mergeSha?: string;
}

/** A person let one head of a request run. */
interface Approval {
  readonly sha: string;
  /** Account at the forge, or the name by which the server knows the person. */
  readonly by: string;
  /** Account at the forge, where it is known. */
  readonly account?: Actor;
  readonly at: string;
}

/** A command that a person gave, at the forge or to the server. */
export interface CommandRecord {
  readonly id: string;
  readonly stack: string;
  /** Number of the request. */
  readonly request: string;
  /** What it was given by, so that it is carried out once: `comment:<id>`, `click:<delivery>`, `rest:<id>`. */
  readonly source: string;
  /** Account at the forge that gave it, or the name by which the server knows the person. */
  readonly actor: Actor;
  /** Its first word: `run`, `approve`, … */
  readonly command: string;
  /** The whole of it, as it was written. */
  readonly text: string;
  /** Head of the request when the command was read. */
  readonly sha: string;
  readonly at: string;
  /** `refused`: it was not carried out, for the reason in `answer`. */
  readonly state: 'pending' | 'done' | 'refused';
  /** One sentence or more for people, once it is not pending any more. */
  readonly answer?: string;
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

interface PublicationFilter {
  readonly repository?: string;
  readonly tag?: string;
  /** Hash of a package that the image contains. */
  readonly contains?: string;
  /** Only those that were recorded before this id. */
  readonly before?: string;
  readonly limit: number;
}

/** Events of forges, statuses that are posted to them, and publications. Every call is one transaction. */
export interface ForgeLedger {
  /** Decimal number of a stack, assigned at the first call and never changed or reused. */
  projectId(stack: string): string;
  knownRefs(stack: string): ReadonlyMap<string, string>;
  /** Stores the refs seen and the events they mean, together; deliveries up to this one have thereby been worked. */
  receive(
    stack: string,
    seen: { refs: ReadonlyMap<string, string>; events: readonly ForgeEvent[]; at: string; delivery?: string },
  ): void;
  pendingEvents(stack: string): readonly { readonly id: string; readonly event: ForgeEvent }[];
  eventDone(id: string): void;
  /** Stores who pushed, as a hook of git reported it; the last report on a ref and object counts. */
  savePush(stack: string, push: Push & { at: string }): void;
  /** Returns who made a ref name this object, if that was reported. */
  pusher(stack: string, ref: string, sha: string): Actor | undefined;
  /** Returns who was the first to push a commit to any branch, if that was reported. */
  firstPusher(stack: string, sha: string): Actor | undefined;
  /** Returns the number of a branch that counts as a request, none of those in `taken`; always the same. */
  requestNumber(stack: string, branch: string, taken?: ReadonlySet<string>): string;
  saveRequest(request: RequestRecord): void;
  request(stack: string, number: string): RequestRecord | undefined;
  requests(stack: string): readonly RequestRecord[];
  /** Stores a command, which is to be carried out if it has no state. False if one of its source is there already. */
  saveCommand(command: Omit<CommandRecord, 'id' | 'state'> & Partial<Pick<CommandRecord, 'state'>>): boolean;
  /** Returns the commands on a request, oldest first. */
  commands(stack: string, request: string): readonly CommandRecord[];
  /** Returns the commands of all requests that have not been answered, oldest first. */
  pendingCommands(stack: string): readonly CommandRecord[];
  answerCommand(id: string, answer: { readonly state: 'done' | 'refused'; readonly answer: string }): void;
  /** Returns the time up to which comments were read; undefined before the first reading. */
  commentsReadTo(stack: string): string | undefined;
  saveCommentsReadTo(stack: string, at: string): void;
  /** False if the very same status is the newest for this commit and context already. */
  saveStatus(status: StatusRecord): boolean;
  statuses(stack: string): readonly ShownStatus[];
  /** Returns the newest status of each context of a commit. */
  statusesOf(stack: string, sha: string): readonly StatusRecord[];
  /** Returns what has not been posted, oldest first. */
  unpostedStatuses(stack: string): readonly UnpostedStatus[];
  /** Returns the newest status of each context of a commit. */
  newestStatuses(stack: string, sha: string): readonly UnpostedStatus[];
  /** Returns the commits with statuses that branches and open requests name. */
  tipsWithStatuses(stack: string): readonly string[];
  /** Records that the forge does not show this status: it is posted again, unless there is a newer one. */
  statusMissing(status: UnpostedStatus): void;
  /** Returns what was posted for this status's commit and context. */
  statusPosts(status: Pick<StatusRecord, 'stack' | 'sha' | 'context'>): StatusPosts;
  /** Records that this status was posted; none before it is needed. */
  statusPosted(status: UnpostedStatus, at: string): void;
  /** Records that the forge did not accept this status. If the refusal is final, it is not posted again. */
  statusNotPosted(status: UnpostedStatus, problem: { readonly message: string; readonly isFinal: boolean }): void;
  /**
   * Returns the comments on requests that may have to be written: those of requests that were stored, or of whose head
   * or merge a status was, whose pipeline came to another status, or where a command was given or answered; and those
   * to be compared with what the forge shows. Those that changed first come first.
   */
  dueComments(stack: string): readonly DueComment[];
  /** Records that a comment is as it should be at this revision; without `written`, that there is nothing to write. */
  commentWritten(comment: DueComment, written?: WrittenComment): void;
  /**
   * Records that the forge did not accept a comment. If `isFinal`, it is due again at the next change, or at `checkAt`.
   */
  commentNotWritten(comment: DueComment, refusal: { readonly isFinal: boolean; readonly checkAt?: string }): void;
  /** Has all comments that have changed compared with what the forge shows. */
  checkDueComments(stack: string, at: string): void;
  /** Records that the token may not comment; the comment stays due. */
  commentForbidden(comment: DueComment, problem: Problem): void;
  /** Why the comments of a stack that are due cannot be written. */
  commentProblem(stack: string): Problem | undefined;
  /**
   * Stores deliveries of webhooks with the pushes and the clicks that they report, and forgets those before
   * `keepAfter`. Returns for each whether it is new.
   */
  saveDeliveries(
    deliveries: readonly (Delivery & { readonly stack: string; readonly at: string })[],
    keepAfter: string,
  ): readonly boolean[];
  /** The delivery that was stored last; undefined if all have been worked. */
  newestDelivery(stack: string): string | undefined;
  addPublication(publication: Omit<Publication, 'id' | 'state'>): Publication;
  updatePublication(id: string, change: Partial<Publication>): void;
  publications(stack: string, state?: Publication['state']): readonly Publication[];
  publication(id: string): Publication | undefined;
  /** Returns the publications of a stack that match, the newest first. */
  searchPublications(stack: string, filter: PublicationFilter): readonly Publication[];
  /** Records the packages that a published image contains, by their hashes. */
  setImagePackages(id: string, hashes: readonly string[]): void;
}

/** A pipeline of another CI system. */
export interface ExternalPipeline {
  readonly stack: string;
  readonly issuer: string;
  readonly project: string;
  /** Its id there. */
  readonly pipeline: string;
}

/** Pipelines of other CI systems, and the ID tokens that their jobs have shown. Every call is one transaction. */
export interface IdentityLedger {
  isTokenUsed(token: string): boolean;
  /** Records that a token was used; false if it was before. Forgets tokens that expired before `now`. */
  useToken(token: string, times: { readonly expiresAt: number; readonly now: number }): boolean;
  /** Returns the newest pipeline that was created for one elsewhere. */
  pipelineOf(external: ExternalPipeline): string | undefined;
  setPipeline(external: ExternalPipeline, pipeline: string): void;
}
