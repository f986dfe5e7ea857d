import type { PipelinePlan } from '../../gitlab/index.ts';
import type { JobStatus, PipelineStatus } from './job-status.ts';

/** Where the latest attempt of one job stands; plain JSON. Times are UTC ISO 8601. */
export interface JobState {
  readonly name: string;
  readonly status: JobStatus;
  /** Counts from 1, also over attempts that were no fault of the job. */
  readonly attempt: number;
  /** Attempts that count against `retry: max`. */
  readonly retriesUsed: number;
  /** Variables that a person set for this job when starting it; later attempts have them too. */
  readonly manualVariables?: Readonly<Record<string, string>>;
  readonly failureReason?: string;
  readonly exitCode?: number;
  /** Text about the failure for people, where there is more to say than the reason. */
  readonly message?: string;
  /** The runner that took this attempt. */
  readonly runner?: string;
  /** The child pipeline that this attempt of a trigger job made. */
  readonly child?: string;
  readonly queuedAt?: string;
  /** When a delayed job is due. */
  readonly scheduledAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

/** A pipeline's whole state; plain JSON. `jobs` has one entry for each job of the plan. */
export interface PipelineState {
  readonly id: string;
  readonly plan: PipelinePlan;
  readonly jobs: Readonly<Record<string, JobState>>;
  readonly status: PipelineStatus;
  readonly cancelReason?: string;
}
