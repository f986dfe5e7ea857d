/** What the work of a job takes from outside. */
export interface JobContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths are meant from here. */
  readonly cwd: string;
  /** Aborted when the job is to end. */
  readonly signal: AbortSignal;
  /** Writes a line of the job's log. */
  readonly note: (line: string) => void;
}
