import { jobsToEnd } from './jobs-to-end.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';
import type { PipelineEvent } from './event.ts';

export interface Patience {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds that have passed since then. */
  readonly passedSince: (moment: number) => number;
  /** Milliseconds since the runner of a job last said anything, its heartbeat included. */
  readonly silentFor: (job: JobState) => number | undefined;
  /** Seconds that a job may run whose `timeout` is not given. */
  readonly defaultTimeout: number;
  /** Seconds beyond the timeout that a runner has to report it by itself. */
  readonly grace: number;
  /** Seconds without a word after which a runner is taken for gone. */
  readonly silence: number;
}

/**
 * The server's backstop, for runners that enforce no timeout or have vanished: what to send for jobs that run too long
 * or whose runner has fallen silent. A job that is being cancelled ends cancelled.
 */
export function overdueJobs(state: PipelineState, patience: Patience): readonly PipelineEvent[] {
  return jobsToEnd(state, patience.now, (job, plan) => {
    if (job.status !== 'running' && job.status !== 'canceling') return undefined;
    const failureReason = overdueReason(job, plan.timeout ?? patience.defaultTimeout, patience);
    return failureReason === undefined ? undefined : { failureReason };
  });
}

function overdueReason(job: JobState, timeout: number, patience: Patience): string | undefined {
  const started = Date.parse(job.startedAt ?? '');
  if (Number.isNaN(started)) return undefined;
  const running = patience.passedSince(started);
  if (running > (timeout + patience.grace) * 1000) return 'job_execution_timeout';
  const silent = Math.min(running, patience.silentFor(job) ?? running);
  return silent > patience.silence * 1000 ? 'stuck_or_timeout_failure' : undefined;
}
