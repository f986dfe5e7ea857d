import type { CacheWish } from '../caches/job-cache.ts';

/** A variable as it is given to a job; what is not `raw` is expanded once more, by the others. */
export interface LocalVariable {
  readonly value: string;
  readonly raw: boolean;
}

/** One attempt at one job, with all that it takes to run it here. */
export interface LocalJob {
  /** Unique in the run; what it leaves is kept under it. */
  readonly id: string;
  /** Runs before the working copy's files are there. */
  readonly preGetSources?: readonly string[];
  readonly script: readonly string[];
  readonly afterScript: readonly string[];
  /**
   * Variables that need no expansion and are the same for many jobs: give one object to all of them, since the environment of
   * a thousand jobs costs more than the jobs.
   */
  readonly shared: Readonly<Record<string, string>>;
  /** The job's own, over the shared ones. */
  readonly variables: Readonly<Record<string, LocalVariable>>;
  /** Seconds for all of it. */
  readonly timeout: number;
  readonly artifacts?: LocalArtifacts;
  /** Not looked at in place: there the files stay where they are. */
  readonly caches?: readonly CacheWish[];
  /** Ids of jobs whose archives come into its workspace, in order. */
  readonly inputs: readonly string[];
  /** stdout and stderr as they come. */
  readonly onOutput: (bytes: Buffer) => void;
}

export interface LocalArtifacts {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** Of the archive. */
  readonly when: 'on_success' | 'on_failure' | 'always';
  readonly untracked: boolean;
  /** Files with `NAME=value` lines. */
  readonly dotenv: readonly string[];
}

export type LocalOutcome = (
  | { readonly state: 'success' | 'canceled' }
  | { readonly state: 'failed'; readonly reason: LocalFailure; readonly exitCode?: number }
) & {
  /** What the job's dotenv report says. */
  readonly dotenv: Readonly<Record<string, string>>;
};

export type LocalFailure = 'script_failure' | 'job_execution_timeout' | 'runner_system_failure';
