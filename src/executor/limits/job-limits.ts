import { runnerError } from '../errors.ts';

/** What the processes of one job may use together. */
export interface JobLimits {
  /** Bytes. */
  readonly memory: number;
  /** Threads count too. */
  readonly processes: number;
  /** Open files of each process. */
  readonly openFiles: number;
  /** Bytes in the job's folder. */
  readonly disk: number;
  /** Processor time of a container for each second; absent: no limit. */
  readonly cores?: number;
}

export const unlimited: JobLimits = { memory: Infinity, processes: Infinity, openFiles: Infinity, disk: Infinity };

/** A limit that a job has reached. */
export interface ReachedLimit {
  readonly name: 'memory' | 'processes' | 'disk';
  readonly used: number;
}

const CODES = {
  memory: 'RUNNER_MEMORY_EXCEEDED',
  processes: 'RUNNER_PROCESSES_EXCEEDED',
  disk: 'RUNNER_DISK_EXCEEDED',
} as const;

/** Returns the lines for a job's log that name the limit, what was used, and the setting. */
export function describeReached({ name, used }: ReachedLimit, limits: JobLimits): string {
  const show = name === 'processes' ? String : inUnits;
  const { code, message, hint } = runnerError(CODES[name], { limit: show(limits[name]), used: show(used) });
  return `error: ${message} [${code}]\nhint: ${hint}`;
}

function inUnits(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
