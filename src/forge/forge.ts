import type { CommitStatus } from './commit-status.ts';
import type { Actor, ForgeEvent, PullRequest } from './forge-event.ts';
import type { RefName, Refs } from './refs.ts';
import type { Webhook } from './webhook.ts';

/** A comment of ours on a request. */
interface RequestComment {
  /** Number of the request. */
  readonly request: string;
  /** Distinguishes it from other comments of ours; no reader sees it. */
  readonly marker: string;
  /** Markdown. */
  readonly text: string;
  /** The forge may have another text than the one that was written last: it is read first. */
  readonly isUncertain?: boolean;
}

/** What an account may do in a repository, in GitHub's words for roles. */
export type ForgePermission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

/** A comment on a request. */
export interface ForgeComment {
  /** The forge's own id, which no other comment of the repository has. */
  readonly id: string;
  /** Number of the request. */
  readonly request: string;
  readonly author: Actor;
  /** Markdown, as it stands now. */
  readonly text: string;
  /** Whether it was changed after it was written: another user may have written the text. */
  readonly isEdited: boolean;
  /** Whether a program wrote it. */
  readonly isBot: boolean;
  /** ISO 8601, by the forge's clock. */
  readonly at: string;
}

/** A commit with what a pipeline passes to its jobs. */
export interface CommitInfo {
  readonly sha: string;
  /** SHA of the commit's tree. */
  readonly tree: string;
  readonly parents: readonly string[];
  readonly title: string;
  readonly message: string;
  /** `Name <mail>`. */
  readonly author: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface ForgeFile {
  /** Below the requested path; empty if that is the file itself. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** Pages of the forge that people open. */
export interface ForgeLinks {
  commit(sha: string): string;
  /** A line of a file, counted from 1. */
  line(place: { readonly sha: string; readonly path: string; readonly line: number }): string;
  request(number: string): string;
}

/** The words of a forge for people. */
interface ForgeWords {
  /** `GitHub`. */
  readonly forge: string;
  /** `pull request`, `merge request`. */
  readonly request: string;
  /** What stands before the number of a request: `#` or `!`. */
  readonly sign: string;
}

/**
 * The source of changes. One per stack. `poll` compares the remote with `known` (ref → SHA) and returns what is new;
 * the caller stores the result before it acts. `post` is safe to repeat, one call at a time for a commit; it throws
 * FORGE_STATUS_REFUSED where repeating is in vain. The bare repository at `repository` belongs to the forge; others
 * read it.
 */
export interface Forge {
  /** Name of its kind in paths: its webhook calls `/hooks/<kind>/<stack>`. */
  readonly kind: string;
  readonly words: ForgeWords;
  /** A plain git remote has no pages. */
  readonly links?: ForgeLinks;
  /** Reads the deliveries of its webhook; absent where none is configured. */
  readonly webhook?: Webhook;
  /** Folder of the local bare copy. */
  readonly repository: string;
  /** Updates the local copy, and returns what changed since `known`. */
  poll(known: Refs): Promise<{ events: readonly ForgeEvent[]; refs: Refs }>;
  /** Makes the commit that a pull request's pipeline tests: its head merged into the base's tip. */
  mergeForTest(pullRequest: PullRequest): Promise<{ sha: string; tree: string } | { conflict: string }>;
  commit(sha: string): Promise<CommitInfo>;
  /** A file's bytes at a commit; `undefined` if there is none. Links and submodules are refused. */
  readFile(sha: string, path: string): Promise<Buffer | undefined>;
  /** The files at or below a path at a commit, sorted; empty if there are none. Links and submodules are refused. */
  readFiles(sha: string, path: string): Promise<readonly ForgeFile[]>;
  /** Paths of all files of a commit, sorted. */
  listFiles(sha: string): Promise<readonly string[]>;
  /**
   * Paths that differ between `from` and a commit. `from` is a branch or tag of the remote, a SHA, or `HEAD` or
   * `HEAD~n`, which counts back from the commit itself; undefined if it is none of these, or is not there.
   */
  changedPaths(sha: string, from: string): Promise<readonly string[] | undefined>;
  /** Names of the remote's branches that contain a commit. */
  branchesWith(sha: string): Promise<readonly string[]>;
  /** Names a commit for a pipeline (`refs/pipelines/<id>`), so that jobs can fetch it. */
  keep(pipeline: string, sha: string): Promise<void>;
  post(status: CommitStatus): Promise<void>;
  /**
   * Returns those of a commit's statuses that the forge does not show: a post was lost, or another user posted since.
   * Of pending ones only the state counts. Not while `post` runs for the commit. Absent where statuses cannot be read.
   */
  notShown?(statuses: readonly CommitStatus[]): Promise<readonly CommitStatus[]>;
  /**
   * Creates the one comment with this marker on a request, or updates it. Safe to repeat, one call at a time for a
   * request. Returns `created` if it sent a new one: where lists lag behind, there may be two. A call with
   * `isUncertain` a while later keeps the older one. Throws FORGE_COMMENT_FORBIDDEN where the token may not comment at
   * all, and FORGE_COMMENT_REFUSED where repeating is in vain on this request. Absent where the forge cannot store
   * comments.
   */
  comment?(comment: RequestComment): Promise<'created' | void>;
  /**
   * Comments on requests that were written or changed since then (ISO 8601), in any order; some older ones may be among
   * them. Absent where the forge has no comments.
   */
  comments?(since: string): Promise<readonly ForgeComment[]>;
  /**
   * Returns the role that an account has in the repository now. Throws if the forge does not answer. Absent where the
   * forge authenticates no accounts, so that a name proves nothing.
   */
  permission?(actor: Actor): Promise<ForgePermission>;
  /**
   * Who made a ref name this object, by the forge's own record; undefined if it is not there. Forges that keep none
   * lack it.
   */
  pusher?(ref: RefName, sha: string): Promise<Actor | undefined>;
  /**
   * How it becomes known who pushed a tag, as a hint for people; absent where the git hook of the remote reports it.
   */
  readonly pusherHint?: string;
  /**
   * Returns the number of the request that a job of this repository's own CI runs for, by the claims of its ID token.
   */
  requestOfJob?(claims: { readonly project: string; readonly ref: RefName }): string | undefined;
}

/** The part of a forge that writes statuses. */
export type StatusPosting = Required<Pick<Forge, 'post' | 'notShown'>>;
