import type { ProcessVariables } from '../kit/index.ts';

/** What the work of a job takes from outside. */
export interface PackageJobContext {
  readonly env: ProcessVariables;
  /** Absolute; relative paths are meant from here. */
  readonly cwd: string;
  /** Aborted when the job is to end. */
  readonly signal: AbortSignal;
  /** Writes a line of the job's log. */
  readonly note: (line: string) => void;
  /** Locks an environment, which can take minutes, and meanwhile shows that; by default it only does the work. */
  readonly whileLocking?: <T>(work: () => Promise<T>) => Promise<T>;
}
