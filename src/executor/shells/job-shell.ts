import type { PhaseUsage } from '../../protocol/index.ts';

export type Environment = Readonly<Record<string, string>>;

export interface Script {
  readonly commands: readonly string[];
  /** Whether the log shows each command before it runs. */
  readonly isShown: boolean;
  readonly environment: Environment;
  /** Receives stdout and stderr as they come. */
  readonly onOutput: (bytes: Buffer) => void;
  /** Ends the script and all that it started. */
  readonly signal: AbortSignal;
  /** Receives what the script used, when it has ended. Absent: nothing is measured. */
  readonly onUsage?: (usage: ScriptUsage) => void;
}

/** What a script used. A shell reports what it can measure, and the time of the script alone where it waits for a machine. */
export type ScriptUsage = Pick<PhaseUsage, 'cpuSeconds' | 'memory' | 'method' | 'outOfMemory'> &
  Partial<Pick<PhaseUsage, 'seconds'>>;

/**
 * Runs the scripts of one job in its project folder, one after the other, each in a shell of its own. The first command
 * that fails ends a script.
 */
export interface JobShell {
  /**
   * Runs a script and returns its exit status (128 and the signal's number if a signal ended it). When it returns, no
   * process of the script's process group is left.
   */
  run(script: Script): Promise<number>;
  /**
   * Prepares the machine for the job. Called once, when the sources are in the project folder and before the job's
   * script. Returns variables that override those of the job.
   */
  prepare?(log: { readonly print: (line: string) => void; readonly signal: AbortSignal }): Promise<Environment>;
  /** Ends what was started for the job and is not a script. Called once, when the last script has ended. */
  close?(): Promise<void>;
}
