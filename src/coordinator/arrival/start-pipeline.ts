import { createPipeline } from '../../pipeline/index.ts';
import { loadPipeline } from '../../gitlab/index.ts';
import type { PipelinePlan } from '../../gitlab/index.ts';
import { formatDiagnostic } from '../../kit/index.ts';
import type { Diagnostic } from '../../kit/index.ts';
import { builtInPipeline, builtInPipelineFile } from './built-in-pipeline.ts';
import { commitSources, pipelineLimits } from './commit-sources.ts';
import { now } from '../context.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { PipelineRecord, PipelineSubject } from '../ports.ts';
import { pipelineSource, predefinedVariables } from '../jobs/predefined-variables.ts';
import { readStackPolicy, stackPolicyFile } from './stack-policy.ts';

const CI_FILE = '.gitlab-ci.yml';
const ENVIRONMENT_FILE = 'spack.yaml';

export interface StartOptions {
  /** Stored event that the pipeline answers. */
  readonly inboxEvent?: string;
  /** Given to this very pipeline; they win over the stack's own. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Makes the pipeline of a commit. The files are read from the commit itself; nothing of it has run yet. The record,
 * the first state and the event that was answered by it are stored together. A commit without any stack in it needs no
 * pipeline, and has none.
 */
export async function startPipeline(
  context: CoordinatorContext,
  subject: PipelineSubject,
  { inboxEvent, variables = {} }: StartOptions = {},
): Promise<PipelineRecord | undefined> {
  const stack = context.stacks.get(subject.stack);
  if (stack === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: subject.stack });
  if (!(await hasStack(stack, subject))) return undefined;
  const plan = await planOf(context, stack, { subject, variables });
  const record = context.pipelines.create(subject, {
    at: now(context),
    state: (id) => createPipeline(id, plan),
    inboxEvent,
  });
  context.log.info(
    { pipeline: record.id, stack: subject.stack, ref: subject.ref, sha: subject.sha, trust: subject.trust },
    'pipeline created',
  );
  return record;
}

async function hasStack({ forge }: Stack, { sha }: PipelineSubject): Promise<boolean> {
  for (const file of [CI_FILE, ENVIRONMENT_FILE]) if ((await forge.readFile(sha, file)) !== undefined) return true;
  return false;
}

async function planOf(
  context: CoordinatorContext,
  stack: Stack,
  { subject, variables }: { subject: PipelineSubject; variables: Readonly<Record<string, string>> },
): Promise<PipelinePlan> {
  const { forge } = stack;
  const policy = await forge.readFile(subject.sha, stackPolicyFile);
  refuse(subject, policy === undefined ? [] : readStackPolicy(policy.toString('utf8')).diagnostics);
  const own = await forge.readFile(subject.sha, CI_FILE);
  const text = own?.toString('utf8') ?? builtInPipeline;
  const known = {
    variables: predefinedVariables(context, subject, await forge.commit(subject.sha)),
    projectVariables: stack.configuration.variables,
    pipelineVariables: variables,
    source: pipelineSource(subject),
    limits: pipelineLimits(context),
  };
  const file = own === undefined ? builtInPipelineFile : CI_FILE;
  const { plan, notCreated, diagnostics } = await loadPipeline([{ text, file }], known, commitSources(forge, subject));
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
  return { ...plan, given: Object.keys(variables) };
}

function refuse(subject: PipelineSubject, diagnostics: readonly Diagnostic[]): void {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const reason = `${first.file}:${first.line}:${first.column}: ${first.message}`;
  throw coordinatorError(
    'PIPELINE_NOT_CREATED',
    { sha: subject.sha, stack: subject.stack, reason },
    { hint: first.hint },
  );
}
