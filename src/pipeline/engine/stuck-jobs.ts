import type { JobPlan } from '../../gitlab/index.ts';
import type { PipelineEvent } from './event.ts';
import { jobsToEnd } from './jobs-to-end.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';

export interface WaitingRoom {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds that have passed since then. */
  readonly passedSince: (moment: number) => number;
  /** Why no runner can take a job at present; undefined where one could. */
  readonly obstacle: (job: JobPlan) => string | undefined;
  /** Seconds that a job may wait while no runner can take it; 0: however long. */
  readonly stuckLimit: number;
  /** Seconds that any job may wait for a runner; 0: however long. */
  readonly pendingLimit: number;
}

/**
 * What to send for jobs that have waited too long for a runner, counted from when each became ready: by the state
 * alone, so a restart changes nothing (https://docs.gitlab.com/ci/jobs/job_troubleshooting/,
 * `stuck_or_timeout_failure`).
 */
export function stuckJobs(state: PipelineState, room: WaitingRoom): readonly PipelineEvent[] {
  return jobsToEnd(state, room.now, (job, plan) => {
    const message = job.status === 'pending' ? complaint(job, plan, room) : undefined;
    return message === undefined ? undefined : { failureReason: 'stuck_or_timeout_failure', message };
  });
}

function complaint(job: JobState, plan: JobPlan, room: WaitingRoom): string | undefined {
  const waited = room.passedSince(Date.parse(job.queuedAt ?? '')) / 1000;
  if (room.stuckLimit > 0 && waited >= room.stuckLimit) {
    const obstacle = room.obstacle(plan);
    if (obstacle !== undefined) return obstacle;
  }
  if (room.pendingLimit === 0 || !(waited >= room.pendingLimit)) return undefined;
  return `No runner took it within ${room.pendingLimit} seconds`;
}
