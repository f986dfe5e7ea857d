export type StatusState = 'pending' | 'success' | 'failure' | 'error';

/** Finer than the state: it waits for a person, nothing was to be done, it was ended before its time. */
export type StatusOutcome = 'held' | 'skipped' | 'canceled';

/** What a person can have done by a button of a check. */
export type CheckCommand = 'retry' | 'cancel' | 'approve';

/** A remark on lines of a file, counted from 1. */
export interface StatusAnnotation {
  readonly path: string;
  readonly line: number;
  /** The last of several lines. */
  readonly endLine?: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title?: string;
  /** Plain text. */
  readonly message: string;
}

/** What a forge with checks shows besides the line. */
export interface StatusDetail {
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  /** Those of a result; they cannot be withdrawn from it. */
  readonly annotations: readonly StatusAnnotation[];
  /** Buttons: at most three. */
  readonly actions: readonly CheckCommand[];
}

export interface CommitStatus {
  readonly sha: string;
  readonly context: string;
  readonly state: StatusState;
  readonly outcome?: StatusOutcome;
  /** At most 140 characters. */
  readonly description: string;
  readonly url?: string;
  /** Computed only where the forge shows it. */
  readonly detail?: () => Promise<StatusDetail>;
}
