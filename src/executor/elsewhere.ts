import type { JobResponse } from '../protocol/index.ts';
import type { JobShell } from './shells/job-shell.ts';

export interface ElsewhereJob {
  readonly job: JobResponse;
  /** Folder of the sources. */
  readonly project: string;
  /** Folder with the command `slipway`, if there is one. */
  readonly path: string | undefined;
}

/** Runs the scripts of jobs on other machines, which see the folders of jobs at the same paths. */
export interface Elsewhere {
  /** Ends what a killed runner has left there. Called once, before the first job. */
  reap(): Promise<void>;
  /** Returns the shell of one job. */
  shellOf(job: ElsewhereJob): JobShell;
}
