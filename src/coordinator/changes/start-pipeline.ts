import {
  builtInPipeline,
  builtInPipelineFile,
  createPipeline,
  pipelineError,
  predefinedVariables,
  readPlan,
  type PipelineRecord,
  type PipelineSubject,
  type Sources,
} from '../../pipeline/index.ts';
import type { PipelineText, ReadPipeline } from '../../gitlab/index.ts';
import { formatDiagnostic, type Diagnostic } from '../../kit/index.ts';
import { lockSettings } from '../../spack/index.ts';
import {
  currentTime,
  type CoordinatorContext,
  type PipelineFiles,
  type Stack,
  type StackRegistry,
} from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { committedLock } from '../jobs/committed-lock.ts';
import { policyAtCommit, type StackPolicy } from './stack-policy.ts';

const CI_FILE = '.gitlab-ci.yml';

export interface StartOptions {
  /** Stored event that the pipeline answers. */
  readonly inboxEvent?: string;
  /** Configuration of the pipeline, in place of the commit's own. */
  readonly configuration?: PipelineText;
  /** Given to this very pipeline; they win over the stack's own. */
  readonly variables?: Readonly<Record<string, string>>;
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
  { inboxEvent, configuration, variables = {} }: StartOptions = {},
): Promise<PipelineRecord | undefined> {
  const stack = context.stacks.get(subject.stack);
  if (stack === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: subject.stack });
  if (!(await hasStack(stack, subject))) return undefined;
  const policy = await policyAtCommit(stack, subject.sha);
  refuse(subject, policy.diagnostics);
  await refuseOtherMirror(stack, subject);
  const text = configuration ?? (await configurationAt(stack, subject, policy.policy));
  const { plan, notCreated, diagnostics } = await readPlanAt({ subject, sources, text, variables });
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

async function hasStack({ forge, configuration }: Stack, { sha }: PipelineSubject): Promise<boolean> {
  // Its generate job reports that the configured folder has no environment.
  if (configuration.environment !== undefined) return true;
  for (const file of [CI_FILE, 'spack.yaml']) if ((await forge.readFile(sha, file)) !== undefined) return true;
  return false;
}

interface PlanRequest {
  readonly subject: PipelineSubject;
  readonly sources: Sources;
  readonly text: PipelineText;
  readonly variables: Readonly<Record<string, string>>;
}

async function readPlanAt(request: PlanRequest): Promise<ReadPipeline> {
  const { subject, sources, text, variables } = request;
  const facts = await sources.facts(subject);
  return readPlan(sources, {
    subject,
    facts,
    texts: [text],
    predefined: predefinedVariables(facts, subject),
    explicitVariables: variables,
  });
}

async function configurationAt(
  { forge, configuration }: Stack,
  { sha }: PipelineSubject,
  policy: StackPolicy | undefined,
): Promise<PipelineText> {
  const { environment } = configuration;
  const own = environment === undefined ? await forge.readFile(sha, CI_FILE) : undefined;
  const { jobs: lockJobs } = lockSettings(policy?.lock);
  if (own === undefined) return { text: builtInPipeline({ environment, lockJobs }), file: builtInPipelineFile };
  return { text: own.toString('utf8'), file: CI_FILE };
}

function refuse(subject: PipelineSubject, diagnostics: readonly Diagnostic[]): void {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const reason = `${first.file}:${first.line}:${first.column}: ${first.message}`;
  throw pipelineError('PIPELINE_NOT_CREATED', { sha: subject.sha, stack: subject.stack, reason }, { hint: first.hint });
}
