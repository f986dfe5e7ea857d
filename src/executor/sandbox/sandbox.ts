import type { JobResponse } from '../../protocol/index.ts';
import type { JobLimits } from '../limits/job-limits.ts';
import { JobFailure } from '../job-outcome.ts';
import type { Mechanism } from './mechanism.ts';

/**
 * Whether jobs run in a sandbox. With `never` those of outsiders are refused, and all others can read what the runner
 * can read.
 */
export type SandboxMode = 'always' | 'never';

export interface SandboxSettings {
  readonly mode: SandboxMode;
  /** What builds the sandbox; by default the first that works on this machine. */
  readonly mechanism?: Mechanism;
  /** Folders and files that a job must not see where they are in something readable: the server's data, its secrets. */
  readonly hidden: readonly string[];
  /** What a job reads besides the system: the program `slipway`, node, and what `programFolders` finds. */
  readonly readable: readonly string[];
  /** Folders that every job writes, besides its own. */
  readonly writable?: readonly string[];
  /**
   * Folders of caches that jobs of protected refs share and write; the first is theirs unless SLIPWAY_CACHE names
   * another.
   */
  readonly caches?: readonly string[];
  /** What each script of a job may use; by default `defaultLimits`. */
  readonly limits?: JobLimits;
  /** Called once a job has its sources, before its script. */
  readonly prepare?: PrepareSandbox;
}

/** What the operator's side adds to the sandbox of a job. */
interface PreparedSandbox {
  readonly readable: readonly string[];
  /** Over those of the job. */
  readonly variables: Readonly<Record<string, string>>;
}

/** `project` holds the job's sources; `print` writes a line to its log. Called at once for several jobs. */
export type PrepareSandbox = (request: {
  readonly job: JobResponse;
  readonly project: string;
  readonly print: (line: string) => void;
}) => Promise<PreparedSandbox | undefined>;

/** Whether a job must run in a sandbox. Where there is none, an outsider's job is not run at all. */
export function needsSandbox({ trust }: Pick<JobResponse, 'trust'>, mode: SandboxMode): boolean {
  if (mode === 'never' && trust === 'untrusted') {
    const message = 'this runner has no sandbox, and the job is an outsider’s';
    throw new JobFailure('runner_system_failure', message);
  }
  return mode === 'always';
}
