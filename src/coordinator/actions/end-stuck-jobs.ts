import { stuckJobs } from '../../pipeline/index.ts';
import type { Coordinator } from '../coordinator.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';

/**
 * Ends jobs that wait for a runner in vain, as GitLab does: after a while those that no runner can take, after a longer one any.
 * Cheap; call it every half minute or so.
 */
export function endStuckJobs(coordinator: Coordinator): void {
  const { passed } = coordinator;
  const { pipelines, runners, clock, log, configuration } = coordinator.context;
  const waiting = new Set([...pipelines.readyRuns()].map(({ pipeline }) => pipeline));
  for (const id of waiting) {
    const record = pipelines.record(id) as PipelineRecord;
    const events = stuckJobs(pipelines.state(id), {
      now: clock.now(),
      passedSince: (moment) => passed.since(moment),
      obstacle: (job) => runners.obstacle(record, job),
      stuckLimit: configuration.limits.stuckJob,
      pendingLimit: configuration.limits.pendingJob,
    });
    for (const event of events) {
      log.warn({ pipeline: id, ...event }, 'job that waited for a runner ended by the server');
      coordinator.driver.dispatch(id, event);
    }
  }
}
