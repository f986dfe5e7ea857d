import { stuckJobs, type PipelineRecord } from '../../pipeline/index.ts';
import type { PassedTime } from '../../kit/index.ts';
import type { CoordinatorContext, Dispatcher } from '../context.ts';
import type { ReadyQueue } from '../queue/ready-queue.ts';

interface StuckJobs extends Dispatcher<
  Pick<CoordinatorContext, 'pipelines' | 'runners' | 'quotas' | 'clock' | 'log' | 'configuration'>
> {
  readonly passed: PassedTime;
  readonly ready: ReadyQueue;
}

/**
 * Ends jobs that wait for a runner in vain, as GitLab does: after a while those that no runner can take, after a longer
 * one any. Cheap; call it every half minute or so.
 */
export function endStuckJobs({ context, driver, passed, ready }: StuckJobs): void {
  const { pipelines, runners, quotas, clock, log, configuration } = context;
  const obstacleOf = quotas.jobObstacles();
  for (const id of ready.pipelines()) {
    const record = pipelines.record(id) as PipelineRecord;
    const events = stuckJobs(pipelines.state(id), {
      now: clock.now(),
      passedSince: (moment) => passed.since(moment),
      obstacle: (job) => runners.obstacle(record, job),
      stuckLimit: configuration.limits.stuckJob,
      // Jobs that wait for a quota run when it allows them.
      pendingLimit: obstacleOf(record) === undefined ? configuration.limits.pendingJob : 0,
    });
    for (const event of events) {
      log.warn({ pipeline: id, ...event }, 'the server ended a job that waited too long for a runner');
      driver.dispatch(id, event);
    }
  }
}
