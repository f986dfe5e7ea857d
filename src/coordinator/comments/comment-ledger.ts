import type { Problem } from '../../protocol/index.ts';

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

/** Comments on requests that are due, and what was written of them. Every call is one transaction. */
export interface CommentLedger {
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
}
