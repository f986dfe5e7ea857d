import type { StatusOutcome, StatusState } from '../../forge/index.ts';
import type { FailureReport } from '../../protocol/index.ts';

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

/** Statuses of commits, and which of them were posted to the forge. Every call is one transaction. */
export interface StatusLedger {
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
}
