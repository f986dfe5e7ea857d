import { isFinal, isStarted, outstandingEffects } from '../pipeline/index.ts';
import { messageOf } from '../kit/index.ts';
import { removeLeftPreviews } from './images/remove-previews.ts';
import { failDamagedRuns } from './jobs/damaged-runs.ts';
import { resumeAbove } from './actions/resume-above.ts';
import { now } from './context.ts';
import type { Journey } from './journey.ts';
import type { PipelineRecord } from './ports.ts';

/**
 * Takes up where a killed server stood, before anything new is taken in. `lost` names the runners whose jobs ended
 * with the server (the embedded one); runners elsewhere go on by themselves and report when they reach us again.
 */
export async function recover(journey: Journey, lost: ReadonlySet<string>): Promise<void> {
  const { context } = journey;
  // A child that was retried at the last moment runs. Its parents must not end before they know it.
  for (const { id } of context.pipelines.active()) resumeAbove(journey, id);
  failDamagedRuns(journey, context.pipelines.runsInStatus(['pending', 'running', 'canceling']));
  // In the order of the configuration, so that a data folder from before ids were stored keeps those it had.
  for (const stack of context.stacks.keys()) context.journey.projectId(stack);
  for (const run of context.pipelines.runsInStatus(['running', 'canceling'])) {
    if (run.runner !== undefined && !lost.has(run.runner)) continue;
    const job = { job: run.name, attempt: run.attempt, at: now(context) };
    const event =
      run.status === 'running'
        ? ({ type: 'job-requeued', ...job } as const)
        : ({ type: 'job-finished', outcome: 'canceled', ...job } as const);
    context.log.warn({ job: run.id, name: run.name }, 'job was cut off; taken up again');
    journey.dispatch(run.pipeline, event);
  }
  for (const record of context.pipelines.active()) await attempt(journey, record, () => resume(journey, record));
  await finishUp(journey);
}

async function resume(journey: Journey, record: PipelineRecord): Promise<void> {
  const { context } = journey;
  if (!isStarted(context.pipelines.state(record.id))) await journey.launch(record.id);
  const state = context.pipelines.state(record.id);
  for (const effect of outstandingEffects(state)) journey.perform(record.id, effect);
  journey.report(record.id);
  for (const { child } of Object.values(state.jobs)) {
    if (child !== undefined && isFinal(context.pipelines.record(child)?.status ?? 'created'))
      await journey.finish(child);
  }
}

/** What follows the end of a pipeline may have been cut off: it is safe to repeat for the newest of each stack. */
async function finishUp(journey: Journey): Promise<void> {
  const { context } = journey;
  for (const name of context.stacks.keys()) {
    for (const record of context.pipelines.list({ stack: name, limit: 20 })) {
      if (isFinal(record.status)) await attempt(journey, record, () => journey.finish(record.id));
    }
    await journey.publish(name);
    await removeLeftPreviews(context, name);
  }
}

/** One pipeline that cannot be taken up must not keep the server, and all others with it, from starting. */
async function attempt({ context }: Journey, { id }: PipelineRecord, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.log.error({ pipeline: id, error: messageOf(error) }, 'pipeline could not be taken up');
  }
}
