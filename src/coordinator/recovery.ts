import { isFinal, type PipelineRecord } from '../pipeline/index.ts';
import { messageOf } from '../kit/index.ts';
import { removeLeftPreviews } from './images/remove-previews.ts';
import { attemptOf } from './jobs/attempt-of.ts';
import { failDamagedRuns } from './jobs/damaged-runs.ts';
import type { Coordinator } from './coordinator.ts';

/**
 * Takes up where a killed server stood, before anything new is taken in. `lost` names the runners whose jobs ended
 * with the server (the embedded one); runners elsewhere go on by themselves and report when they reach us again.
 */
export async function recover(coordinator: Coordinator, lost: ReadonlySet<string>): Promise<void> {
  const { context, driver } = coordinator;
  // A child that was retried at the last moment runs. Its parents must not end before they know it.
  for (const { id } of context.pipelines.active()) driver.resumeParent(id);
  for (const record of context.pipelines.active()) coordinator.promoter.begin(record);
  failDamagedRuns(coordinator, context.pipelines.runsInStatus(['pending', 'running', 'canceling']));
  // In the order of the configuration, so that a data folder from before ids were stored keeps those it had.
  for (const stack of context.stacks.keys()) context.ledger.projectId(stack);
  for (const run of context.pipelines.runsInStatus(['running', 'canceling'])) {
    if (run.runner !== undefined && !lost.has(run.runner)) continue;
    const job = attemptOf(context, run);
    const event =
      run.status === 'running'
        ? ({ type: 'job-requeued', ...job } as const)
        : ({ type: 'job-finished', outcome: 'canceled', ...job } as const);
    context.log.warn({ job: run.id, name: run.name }, 'job was cut off; taken up again');
    driver.dispatch(run.pipeline, event);
  }
  for (const record of context.pipelines.active()) await attempt(coordinator, record, () => driver.resume(record.id));
  await finishUp(coordinator);
}

/** What follows the end of a pipeline may have been cut off: it is safe to repeat for the newest of each stack. */
async function finishUp(coordinator: Coordinator): Promise<void> {
  const { context, driver } = coordinator;
  for (const name of context.stacks.keys()) {
    for (const record of context.pipelines.list({ stack: name, limit: 20 })) {
      if (isFinal(record.status)) await attempt(coordinator, record, () => driver.finish(record.id));
    }
    await coordinator.publish(name);
    await removeLeftPreviews(context, name);
  }
}

/** One pipeline that cannot be taken up must not keep the server, and all others with it, from starting. */
async function attempt({ context }: Coordinator, { id }: PipelineRecord, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.log.error({ pipeline: id, error: messageOf(error) }, 'pipeline could not be resumed');
  }
}
