import {
  createPipeline,
  pipelineError,
  type PipelineRecord,
  type PipelineSubject,
  type Sources,
} from '../../pipeline/index.ts';
import { formatDiagnostic, type Diagnostic } from '../../kit/index.ts';
import {
  currentTime,
  type CoordinatorContext,
  type PipelineFiles,
  type Stack,
  type StackRegistry,
} from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { committedLock } from '../locks/committed-lock.ts';
import { commitPlan, type PlanOptions } from './commit-plan.ts';

export interface StartOptions extends PlanOptions {
  /** Stored event that the pipeline answers. */
  readonly inboxEvent?: string;
  /** The trigger job of another stack that asks for it. */
  readonly upstream?: PipelineRecord['upstream'];
}

/**
 * Makes the pipeline of a commit. The files are read from the commit itself; nothing of it has run yet. The record,
 * the first state and the event that was answered by it are stored together. A commit without any stack in it needs no
 * pipeline, and has none.
 */
export async function startPipeline(
  {
    context,
    sources,
  }: {
    readonly context: StackRegistry & PipelineFiles & Pick<CoordinatorContext, 'clock' | 'log'>;
    readonly sources: Sources;
  },
  subject: PipelineSubject,
  { inboxEvent, upstream, ...options }: StartOptions = {},
): Promise<PipelineRecord | undefined> {
  const stack = context.stacks.get(subject.stack);
  if (stack === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: subject.stack });
  const read = await commitPlan({ stack, sources }, subject, options);
  if (read === undefined) return undefined;
  await refuseOtherMirror(stack, subject);
  const { plan, notCreated, diagnostics } = read;
  for (const warning of diagnostics.filter(({ severity }) => severity === 'warning')) {
    context.log.warn(
      { stack: subject.stack, sha: subject.sha, warning: formatDiagnostic(warning) },
      'pipeline configuration',
    );
  }
  refuse(subject, diagnostics);
  if (plan === undefined || plan.jobs.length === 0) {
    throw coordinatorError('PIPELINE_EXCLUDED', {
      sha: subject.sha,
      stack: subject.stack,
      reason: notCreated ?? 'its rules leave no job',
    });
  }
  const lock = await committedLock(context, stack, { sha: subject.sha, plan });
  if (lock !== undefined && 'fault' in lock)
    throw pipelineError('PIPELINE_NOT_CREATED', { sha: subject.sha, stack: subject.stack, reason: lock.fault });
  const record = context.pipelines.create(subject, {
    at: currentTime(context),
    state: (id) => createPipeline(id, plan),
    inboxEvent,
    upstream,
  });
  if (lock !== undefined) context.pipelines.addLock(record.id, lock);
  context.log.info(
    { pipeline: record.id, stack: subject.stack, ref: subject.ref, sha: subject.sha, trust: subject.trust },
    'pipeline created',
  );
  return record;
}

/** What a default branch builds goes where its `spack.yaml` says, or nowhere. */
async function refuseOtherMirror(
  { configuration, mirrorChange }: Stack,
  { ref, refType, sha, trust }: PipelineSubject,
): Promise<void> {
  const { name, defaultBranch } = configuration;
  if (trust !== 'protected' || refType !== 'branch' || ref !== defaultBranch) return;
  const change = await mirrorChange?.(sha);
  if (change === undefined) return;
  const reason = `its \`spack.yaml\` names the mirror ${change.named}, and this server still uses ${change.used}`;
  const hint = 'Start the server again, then the pipeline: the mirror is read at start.';
  throw pipelineError('PIPELINE_NOT_CREATED', { sha, stack: name, reason }, { hint });
}

function refuse(subject: PipelineSubject, diagnostics: readonly Diagnostic[]): void {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const reason = `${first.file}:${first.line}:${first.column}: ${first.message}`;
  throw pipelineError('PIPELINE_NOT_CREATED', { sha: subject.sha, stack: subject.stack, reason }, { hint: first.hint });
}
