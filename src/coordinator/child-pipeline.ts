import { createPipeline } from '../engine/index.ts';
import { readPipeline } from '../gitlab/index.ts';
import type { JobPlan, PipelinePlan } from '../gitlab/index.ts';
import { formatDiagnostic, messageOf } from '../kit/index.ts';
import { readArchived } from './artifact-files.ts';
import { now } from './context.ts';
import type { CoordinatorContext } from './context.ts';
import { coordinatorError } from './errors.ts';
import type { Journey } from './journey.ts';
import type { PipelineRecord } from './ports.ts';
import { pipelineVariables, predefinedVariables } from './predefined-variables.ts';

/**
 * Makes the child pipeline that a trigger job asks for, and starts it. Whatever is wrong with it fails the trigger
 * job with the reason (GitLab: `downstream_pipeline_creation_failed`). Safe to repeat: a child that is there already
 * is used.
 */
export async function startChild(journey: Journey, pipeline: string, trigger: { job: string; attempt: number }): Promise<void> {
  const { context } = journey;
  const { job, attempt } = trigger;
  const state = context.pipelines.state(pipeline).jobs[job];
  if (state?.status !== 'pending' || state.attempt !== attempt) return;
  try {
    const child = existingChild(context, pipeline, job) ?? (await createChild(context, pipeline, job));
    journey.dispatch(pipeline, { type: 'child-created', job, attempt, pipeline: child, at: now(context) });
    await journey.launch(child);
  } catch (error) {
    context.log.warn({ pipeline, job, error: messageOf(error) }, 'child pipeline not created');
    journey.dispatch(pipeline, { type: 'child-failed', job, attempt, message: messageOf(error), at: now(context) });
  }
}

function existingChild(context: CoordinatorContext, pipeline: string, job: string): string | undefined {
  const known = context.pipelines.children(pipeline).filter(({ parent, status }) => parent?.job === job && status === 'created');
  return known.at(-1)?.id;
}

async function createChild(context: CoordinatorContext, pipeline: string, job: string): Promise<string> {
  const parent = context.pipelines.record(pipeline) as PipelineRecord;
  const plan = await childPlan(context, parent, context.pipelines.state(pipeline).plan.jobs.find(({ name }) => name === job) as JobPlan);
  const subject = { ...parent, source: 'parent_pipeline', request: parent.request };
  const record = context.pipelines.create(subject, { at: now(context), state: (id) => createPipeline(id, plan), parent: { pipeline, job } });
  return record.id;
}

async function childPlan(context: CoordinatorContext, parent: PipelineRecord, job: JobPlan): Promise<PipelinePlan> {
  const { text, file } = await includedText(context, parent, job);
  const forwarded = Object.fromEntries(Object.entries(job.variables).map(([name, { value }]) => [name, value]));
  const commit = await context.stacks.get(parent.stack)?.forge.commit(parent.sha);
  if (commit === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: parent.stack });
  const { plan, diagnostics } = readPipeline(text, file, {
    variables: {
      ...predefinedVariables(context, { ...parent, source: 'parent_pipeline' }, commit),
      ...pipelineVariables(context, parent),
    },
    pipelineVariables: forwarded,
    source: 'parent_pipeline',
  });
  const faults = diagnostics.filter(({ severity }) => severity === 'error');
  if (plan === undefined || faults.length > 0) {
    throw coordinatorError('PIPELINE_NOT_CREATED', { sha: parent.sha, stack: parent.stack, reason: faults.map(formatDiagnostic).join('; ') });
  }
  return { ...plan, given: context.pipelines.state(parent.id).plan.given ?? [] };
}

/** The YAML that the trigger job names: from an artifact of a job of its own pipeline, or from the commit. */
async function includedText(context: CoordinatorContext, parent: PipelineRecord, job: JobPlan): Promise<{ text: string; file: string }> {
  const include = job.trigger?.include[0];
  if (include === undefined) throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file: '(nothing)', from: '(none)' });
  if ('local' in include) {
    const bytes = await context.stacks.get(parent.stack)?.forge.readFile(parent.sha, include.local.replace(/^\//, ''));
    if (bytes === undefined) throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file: include.local, from: 'the commit' });
    return { text: bytes.toString('utf8'), file: include.local };
  }
  const run = context.pipelines.latestRun(parent.id, include.job);
  const bytes = run === undefined ? undefined : await readArchived(context, run.id, include.artifact);
  if (bytes === undefined) throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file: include.artifact, from: include.job });
  return { text: bytes.toString('utf8'), file: include.artifact };
}
